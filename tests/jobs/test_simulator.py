"""The simulator: what it writes is what it says it wrote, by readers written independently of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from dataclasses import fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from catalog.errors import UsageError
from jobs.simulator import Delivery, Layout, Reason, Scenario, simulate

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]
SOURCES = ("customer", "accelerometer", "step_trainer")
CONSENTS = ("shareWithResearchAsOfDate", "shareWithPublicAsOfDate", "shareWithFriendsAsOfDate")
REQUIRED: dict[str, dict[str, type]] = {
    "customer": {
        "customerName": str,
        "email": str,
        "phone": str,
        "birthDay": str,
        "serialNumber": str,
        "registrationDate": int,
        "lastUpdateDate": int,
    },
    "accelerometer": {"user": str, "timestamp": int, "x": float, "y": float, "z": float},
    "step_trainer": {"sensorReadingTime": int, "serialNumber": str, "distanceFromObject": int},
}
# Nothing but the switch under test is at work.
PLAIN = Scenario(
    customers=60,
    seed=7,
    withdrawal=0,
    later_consent=0,
    late=0,
    redelivered=0,
    redelivered_files=0,
    records_per_file=500,
)


def files(folder: Path, source: str) -> list[Path]:
    return sorted((folder / source / "landing").iterdir())


def number(path: Path) -> int:
    return int(path.name.split("-")[1].split(".")[0])


def contents(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def lines(folder: Path, source: str) -> list[str]:
    return [line for path in files(folder, source) for line in path.read_text().splitlines()]


def records(folder: Path, source: str) -> list[Record]:
    return [json.loads(line) for line in lines(folder, source)]


def written(delivery: Delivery, folder: Path) -> dict[str, tuple[int, int]]:
    """Files and bytes by source, from the disk."""
    found = {source: files(folder, source) for source in delivery.sources}
    return {source: (len(paths), sum(path.stat().st_size for path in paths)) for source, paths in found.items()}


def test_what_is_written_is_what_is_reported(tmp_path: Path) -> None:
    delivery = simulate(Scenario(customers=300, seed=3, records_per_file=1_000), tmp_path)
    assert list(delivery.sources) == list(SOURCES)
    assert written(delivery, tmp_path) == {name: (one.files, one.bytes) for name, one in delivery.sources.items()}
    for source, one in delivery.sources.items():
        texts = lines(tmp_path, source)
        assert len(texts) == one.objects
        distinct_files = {path.read_bytes() for path in files(tmp_path, source)}
        assert one.files - len(distinct_files) == one.copied_files == 1
        assert sum(file.count(b"\n") for file in distinct_files) == one.acceptable
        assert len(set(texts)) == one.distinct
        assert all(path.read_bytes().count(b"\n") <= 1_000 for path in files(tmp_path, source))
    assert delivery.files == sum(one.files for one in delivery.sources.values())
    assert delivery.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*.json"))


def test_records_are_formatted_as_the_exercise_formats_them(tmp_path: Path) -> None:
    simulate(Scenario(customers=100), tmp_path)
    name, email, serial, axis = (
        r'"\w+ \w+"',
        r'"\w+\.\w+\d+@example\.test"',
        r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"',
        r"-?[01]\.0",
    )
    patterns = {
        "customer": rf'\{{"customerName": {name}, "email": {email}, "phone": "\d{{10}}", "birthDay": "[\d-]{{10}}", '
        rf'"serialNumber": {serial}, "registrationDate": \d{{13}}, "lastUpdateDate": \d{{13}}'
        + "".join(rf'(, "{key}": \d{{13}})?' for key in CONSENTS)
        + r"\}",
        "accelerometer": rf'\{{"user":{email},"timestamp":\d{{13}},"x":{axis},"y":{axis},"z":{axis}\}}',
        "step_trainer": rf'\{{"sensorReadingTime":\d{{13}},"serialNumber":{serial},"distanceFromObject":\d+\}}',
    }
    for source, pattern in patterns.items():
        wrong = [line for line in lines(tmp_path, source) if not re.fullmatch(pattern, line)]
        assert not wrong, source
    assert {tuple(key for key in CONSENTS if key in record) for record in records(tmp_path, "customer")} >= {
        (),
        CONSENTS,
    }


def test_people_and_devices_are_unique(tmp_path: Path) -> None:
    simulate(replace(PLAIN, customers=500), tmp_path)
    people = records(tmp_path, "customer")
    assert len({person["email"] for person in people}) == len({person["serialNumber"] for person in people}) == 500


def test_same_scenario_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    scenario = Scenario(
        customers=50, seed=1, malformed=0.05, variations=0.05, layout=Layout.MIXED, records_per_file=100
    )
    first, second = simulate(scenario, tmp_path / "a"), simulate(scenario, tmp_path / "b")
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    simulate(replace(scenario, seed=2), tmp_path / "c")
    assert not set(contents(tmp_path / "a").values()) & set(contents(tmp_path / "c").values())


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    simulate(Scenario(customers=20, seed=1), tmp_path / "here")
    code = (
        "import sys; from pathlib import Path; from jobs.simulator import Scenario, simulate; "
        "simulate(Scenario(customers=20, seed=1), Path(sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], check=True, env=environment)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


TRUTH = """
WITH customer AS (
    SELECT *, row_number() OVER (PARTITION BY email ORDER BY lastUpdateDate DESC) AS age,
           count(DISTINCT lastUpdateDate) OVER (PARTITION BY email) AS versions
    FROM (SELECT DISTINCT * FROM read_json('{folder}/customer/landing/*.json'))
),
latest AS (FROM customer WHERE age = 1),
consented AS (FROM latest WHERE shareWithResearchAsOfDate IS NOT NULL),
app AS (SELECT DISTINCT * FROM read_json('{folder}/accelerometer/landing/*.json')),
device AS (SELECT DISTINCT * FROM read_json('{folder}/step_trainer/landing/*.json')),
first_reading AS (SELECT "user" AS email, min("timestamp") AS since FROM app GROUP BY 1)
SELECT
    (SELECT count(*) FROM latest),
    (SELECT count(*) FROM consented),
    (SELECT count(*) FROM consented JOIN first_reading USING (email)
     WHERE shareWithResearchAsOfDate > since AND versions = 1),
    (SELECT count(*) FROM consented WHERE versions > 1),
    (SELECT count(*) FROM latest WHERE versions > 1 AND shareWithResearchAsOfDate IS NULL),
    (SELECT count(*) FROM app JOIN consented ON "user" = email AND "timestamp" >= shareWithResearchAsOfDate),
    (SELECT count(*) FROM device JOIN consented USING (serialNumber)
     WHERE sensorReadingTime >= shareWithResearchAsOfDate)
"""


def test_reported_consents_and_usable_readings_are_those_of_sql_over_the_files(tmp_path: Path) -> None:
    scenario = Scenario(customers=400, withdrawal=0.2, later_consent=0.2, late=0.1, redelivered=0.1)
    delivery = simulate(scenario, tmp_path)
    with duckdb.connect() as connection:
        row = connection.execute(TRUTH.format(folder=tmp_path)).fetchone()
    reported = (
        delivery.customers,
        delivery.consented,
        delivery.consented_midway,
        delivery.consented_later,
        delivery.withdrawn,
        delivery.usable_accelerometer,
        delivery.usable_step_trainer,
    )
    assert row == reported
    assert min(reported) > 0


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"consent": 0}, {"consented": 0, "withdrawn": 0, "usable_accelerometer": 0}),
        ({"consent": 1, "consent_midway": 0}, {"consented": 60, "consented_midway": 0, "usable_step_trainer": 1_800}),
        ({"consent": 1, "consent_midway": 1}, {"consented": 60, "consented_midway": 60}),
        ({"consent": 1, "withdrawal": 1}, {"consented": 0, "withdrawn": 60, "usable_step_trainer": 0}),
        ({"consent": 0, "later_consent": 1}, {"consented": 60, "consented_later": 60, "consented_midway": 0}),
        ({"consent": 1, "consent_midway": 1, "instants": 1}, {"consented": 60, "usable_step_trainer": 60}),
    ],
)
def test_consent_switches_at_their_ends(switches: dict[str, Any], expected: dict[str, int], tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, **switches), tmp_path)
    assert {name: getattr(delivery, name) for name in expected} == expected


def test_midway_consent_begins_after_the_first_reading_and_not_after_the_last(tmp_path: Path) -> None:
    simulate(replace(PLAIN, consent=1, consent_midway=1), tmp_path)
    times: dict[str, list[int]] = {}
    for reading in records(tmp_path, "step_trainer"):
        times.setdefault(reading["serialNumber"], []).append(reading["sensorReadingTime"])
    for person in records(tmp_path, "customer"):
        own = times[person["serialNumber"]]
        assert person["registrationDate"] < min(own) < person["shareWithResearchAsOfDate"] <= max(own)


def test_second_customer_record_is_newer_and_comes_in_a_later_file(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, consent=0.5, withdrawal=1, later_consent=1), tmp_path)
    punctual: dict[str, Record] = {}
    later: dict[str, Record] = {}
    for path in files(tmp_path, "customer"):
        found = later if number(path) >= delivery.later_from else punctual
        found.update({record["email"]: record for record in map(json.loads, path.read_text().splitlines())})
    assert len(punctual) == len(later) == delivery.sources["customer"].late == 60
    for email, after in later.items():
        before = punctual[email]
        assert after["lastUpdateDate"] > before["lastUpdateDate"]
        assert ("shareWithResearchAsOfDate" in before) != ("shareWithResearchAsOfDate" in after)
        assert {key: after[key] for key in REQUIRED["customer"] if key != "lastUpdateDate"}.items() <= before.items()


def test_readings_per_customer_and_instant(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, customers=300), tmp_path)
    per_instant = Counter((reading["user"], reading["timestamp"]) for reading in records(tmp_path, "accelerometer"))
    assert set(per_instant.values()) == {1, 2, 3, 4, 5, 6}
    assert 83 < delivery.sources["accelerometer"].objects / 300 < 88
    assert {Counter(user for user, _ in per_instant)[person["email"]] for person in records(tmp_path, "customer")} == {
        30
    }
    device_of = {person["email"]: person["serialNumber"] for person in records(tmp_path, "customer")}
    assert sorted((device_of[user], instant) for user, instant in per_instant) == sorted(
        (reading["serialNumber"], reading["sensorReadingTime"]) for reading in records(tmp_path, "step_trainer")
    )


@pytest.mark.parametrize("most", [1, 2, 4])
def test_most_readings_per_instant(most: int, tmp_path: Path) -> None:
    simulate(replace(PLAIN, customers=200, readings_per_instant=most), tmp_path)
    per_instant = Counter((reading["user"], reading["timestamp"]) for reading in records(tmp_path, "accelerometer"))
    assert max(per_instant.values()) == most


def test_devices_share_milliseconds_up_to_five_at_a_time_or_not_at_all(tmp_path: Path) -> None:
    sharing: dict[float, set[int]] = {}
    for share in (0.0, 1.0):
        simulate(replace(PLAIN, shared_milliseconds=share), tmp_path / str(share))
        devices: dict[int, set[str]] = {}
        for reading in records(tmp_path / str(share), "step_trainer"):
            devices.setdefault(reading["sensorReadingTime"], set()).add(reading["serialNumber"])
        sharing[share] = {len(serials) for serials in devices.values()}
    assert sharing == {0.0: {1}, 1.0: {1, 2, 3, 4, 5}}


def test_a_single_customer_is_enough(tmp_path: Path) -> None:
    delivery = simulate(Scenario(customers=1, consent=1, withdrawal=0), tmp_path)
    assert type(delivery.consented) is int
    assert delivery.consented == delivery.sources["customer"].acceptable - delivery.sources["customer"].redelivered == 1


def test_activity_is_spread_over_the_days(tmp_path: Path) -> None:
    simulate(replace(PLAIN, customers=200, days=10), tmp_path)
    days = {reading["sensorReadingTime"] // 86_400_000 for reading in records(tmp_path, "step_trainer")}
    assert days - {19_733} == set(range(19_723, 19_733))  # 2024-01-01 on, and a session that begins before midnight


def test_late_readings_come_in_later_files_only(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, late=0.3), tmp_path)
    for source in ("accelerometer", "step_trainer"):
        paths = files(tmp_path, source)
        later = [
            line for path in paths if number(path) >= delivery.later_from for line in path.read_text().splitlines()
        ]
        assert len(later) == delivery.sources[source].late
        assert 0.25 < len(later) / delivery.sources[source].objects < 0.35
        assert len(set(lines(tmp_path, source))) == delivery.sources[source].objects
    assert delivery.sources["customer"].late == 0


def test_redelivered_records_come_again_in_another_file(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, redelivered=0.3), tmp_path)
    for source, one in delivery.sources.items():
        where: dict[str, list[Path]] = {}
        for path in files(tmp_path, source):
            for line in path.read_text().splitlines():
                where.setdefault(line, []).append(path)
        twice = [paths for paths in where.values() if len(paths) > 1]
        assert len(twice) == one.redelivered > 0
        assert all(len(set(paths)) == len(paths) == 2 for paths in twice)
        assert len(where) == one.distinct


def test_whole_files_come_again_under_other_names(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, redelivered_files=3), tmp_path)
    for source, copied in (("customer", 1), ("accelerometer", 3), ("step_trainer", 3)):
        one = delivery.sources[source]
        hashes = Counter(path.read_bytes() for path in files(tmp_path, source))
        assert [count for count in hashes.values() if count > 1] == [2] * copied
        assert one.copied_files == copied
        assert one.objects - len(set(lines(tmp_path, source))) == one.copied_objects > 0


def pairs_once(pairs: list[tuple[str, Any]]) -> Record:
    if len(dict(pairs)) < len(pairs):
        raise KeyError
    return dict(pairs)


def reason(source: str, line: bytes) -> Reason | None:
    """Why a line cannot be accepted, by the words of the rules alone."""
    if len(line) > 1024 * 1024:
        return Reason.OVERSIZED
    constants: list[str] = []
    try:
        text = line.decode()
        record = json.loads(text, object_pairs_hook=pairs_once, parse_constant=constants.append, strict=False)
    except UnicodeDecodeError:
        found = Reason.INVALID_UTF8
    except json.JSONDecodeError:
        found = Reason.TRUNCATED_OBJECT
    except KeyError:
        found = Reason.DUPLICATE_KEY
    else:
        return Reason.NOT_FINITE if constants else field_reason(REQUIRED[source], record)
    return found


def field_reason(required: dict[str, type], record: Record) -> Reason | None:
    email = record.get("email", record.get("user", "a@b"))
    times = [value for name, value in record.items() if type(value) is int and name != "distanceFromObject"]
    broken = {
        Reason.MISSING_FIELD: bool(required.keys() - record.keys()),
        Reason.WRONG_TYPE: any(type(record.get(name)) is not type_ for name, type_ in required.items()),
        Reason.NUL_CHARACTER: any("\0" in str(value) for value in record.values()),
        Reason.EMAIL_SHAPE: not re.fullmatch(r"[\w.]+@[\w.]+", str(email)),
        Reason.TIME_OUT_OF_RANGE: any(not 10**12 < time < 4 * 10**12 for time in times),
    }
    return next((why for why, is_so in broken.items() if is_so), None)


def test_malformed_objects_are_one_line_each_and_counted_by_reason(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, customers=100, malformed=0.9), tmp_path)
    for source, one in delivery.sources.items():
        reasons = Counter(
            reason(source, line) for path in files(tmp_path, source) for line in path.read_bytes().split(b"\n")[:-1]
        )
        assert reasons.pop(None) == one.acceptable == one.distinct
        assert reasons == one.malformed
        assert reasons.total() == int(0.9 * one.acceptable)
        expected = set(Reason) - ({Reason.EMAIL_SHAPE} if source == "step_trainer" else set())
        assert set(reasons) == expected
        assert reasons[Reason.OVERSIZED] <= 2


def test_malformed_objects_leave_the_good_records_as_they_are(tmp_path: Path) -> None:
    simulate(PLAIN, tmp_path / "good")
    simulate(replace(PLAIN, malformed=0.2), tmp_path / "both")
    for source in SOURCES:
        both = [line for path in files(tmp_path / "both", source) for line in path.read_bytes().split(b"\n")[:-1]]
        good = [line.encode() for line in lines(tmp_path / "good", source)]
        assert [line for line in both if reason(source, line) is None] == good


def test_times_are_wrong_in_every_known_way(tmp_path: Path) -> None:
    simulate(replace(PLAIN, customers=10, malformed=0.2), tmp_path)
    digits = set()
    for path in files(tmp_path, "step_trainer"):
        for line in path.read_bytes().splitlines():
            if reason("step_trainer", line) is Reason.TIME_OUT_OF_RANGE:
                digits.add(len(str(json.loads(line)["sensorReadingTime"])))
    assert digits == {10, 15, 16}  # seconds, the year 9999, microseconds


def plain(record: Record) -> Record:
    """A record without the ways in which it was varied."""
    times = {name for name in record if name.endswith("Date") or name in ("timestamp", "sensorReadingTime")}
    known = {
        name: value for name, value in record.items() if name not in ("appVersion", "device") and value is not None
    }
    return known | {name: int(float(value)) for name, value in known.items() if name in times}


def test_variations_keep_the_meaning(tmp_path: Path) -> None:
    simulate(PLAIN, tmp_path / "plain")
    delivery = simulate(replace(PLAIN, variations=0.5), tmp_path / "varied")
    for source in SOURCES:
        before, after = lines(tmp_path / "plain", source), lines(tmp_path / "varied", source)
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        # A null for a consent that is given anyway changes nothing.
        assert 0 <= delivery.sources[source].varied - len(changed) <= len(changed) // 5
        assert delivery.sources[source].varied == len(before) // 2
        assert [plain(json.loads(line)) for line in after] == [json.loads(line) for line in before]
        text = "\n".join(changed)
        assert re.search(r'(Date|timestamp|Time)": ?\d{13}\.0\b', text)
        assert re.search(r'(Date|timestamp|Time)": ?"\d{13}"', text)
        assert '"appVersion"' in text
        assert re.search(r'"device": ?\{"model"', text)
        assert ("null" in text) == (source == "customer")


def objects(text: str) -> list[Record]:
    """Every object of a file in whatever layout."""
    found, position, decoder = [], 0, json.JSONDecoder()
    while (position := text.find("{", position)) >= 0:
        record, position = decoder.raw_decode(text, position)
        found.append(record)
    return found


LAYOUT_SHAPES = {
    Layout.LINES: r"(\{[^\n]*\}\n)+",
    Layout.JOINED: r"(\{[^\n]*?\})+\n",
    Layout.TRAILING_COMMAS: r"(\{[^\n]*\},\n)+",
    Layout.ARRAY: r"\[\n(\{\n[^{}]*\n\}(,\n)?)+\n\]\n",
    Layout.OBJECT: r'\{\n(  "[^\n]*\n)+\}\n',
}


@pytest.mark.parametrize("layout", LAYOUT_SHAPES)
def test_layouts_hold_the_same_records(layout: Layout, tmp_path: Path) -> None:
    scenario = replace(PLAIN, customers=12, redelivered=0.1, records_per_file=50)
    simulate(scenario, tmp_path / "lines")
    delivery = simulate(replace(scenario, layout=layout), tmp_path / "other")
    for source, one in delivery.sources.items():
        paths = files(tmp_path / "other", source)
        found = [objects(path.read_text()) for path in paths]
        assert list(chain.from_iterable(found)) == records(tmp_path / "lines", source)
        punctual = [len(some) for some, path in zip(found, paths, strict=True) if number(path) < delivery.later_from]
        assert set(punctual[:-1]) <= {1 if layout is Layout.OBJECT else 50}
        for path in paths:
            later_object = layout is Layout.OBJECT and number(path) >= delivery.later_from
            assert re.fullmatch(LAYOUT_SHAPES[Layout.ARRAY if later_object else layout], path.read_text())
        assert len({path.read_bytes() for path in paths}) == one.files


def test_mixed_takes_every_layout_in_turn(tmp_path: Path) -> None:
    simulate(replace(PLAIN, layout=Layout.MIXED, records_per_file=20), tmp_path)
    paths = files(tmp_path, "step_trainer")
    order = [Layout.LINES, Layout.JOINED, Layout.TRAILING_COMMAS, Layout.ARRAY, Layout.OBJECT]
    for place, path in enumerate(paths):
        assert re.fullmatch(LAYOUT_SHAPES[order[place % 5]], path.read_text())
    simulate(PLAIN, tmp_path / "plain")
    found = [record for path in paths for record in objects(path.read_text())]
    assert found == records(tmp_path / "plain", "step_trainer")


@pytest.mark.parametrize("layout", [layout for layout in LAYOUT_SHAPES if layout is not Layout.LINES])
def test_a_truncated_object_ends_its_file_unless_lines_separate_objects(layout: Layout, tmp_path: Path) -> None:
    scenario = replace(PLAIN, customers=20, malformed=0.001, layout=layout)
    delivery = simulate(scenario, tmp_path)
    assert delivery.sources["accelerometer"].malformed == {Reason.TRUNCATED_OBJECT: 1}
    broken = []
    for path in files(tmp_path, "accelerometer"):
        try:
            objects(path.read_text())
        except json.JSONDecodeError:
            broken.append(path.read_text())
    assert len(broken) == 1
    start = broken[0].rindex("{")
    assert "}" not in broken[0][start:]
    assert not broken[0].endswith("\n")
    assert bool(objects(broken[0][:start])) == (layout is not Layout.OBJECT)


def test_gzip_holds_the_bytes_of_the_plain_files(tmp_path: Path) -> None:
    scenario = replace(PLAIN, empty_files=1, redelivered_files=1)
    simulate(scenario, tmp_path / "plain")
    delivery = simulate(replace(scenario, gzip=True), tmp_path / "packed")
    for source in SOURCES:
        packed = {path.name: gzip.decompress(path.read_bytes()) for path in files(tmp_path / "packed", source)}
        assert packed == {f"{path.name}.gz": path.read_bytes() for path in files(tmp_path / "plain", source)}
        # Bytes 3 to 7 of the header are flags and the time: with neither set, the same records give the same bytes.
        assert {path.read_bytes()[3:8] for path in files(tmp_path / "packed", source)} == {bytes(5)}
    assert written(delivery, tmp_path / "packed") == {
        name: (one.files, one.bytes) for name, one in delivery.sources.items()
    }


def test_empty_files(tmp_path: Path) -> None:
    delivery = simulate(replace(PLAIN, empty_files=2, layout=Layout.ARRAY), tmp_path)
    for source in SOURCES:
        assert sum(path.stat().st_size == 0 for path in files(tmp_path, source)) == 2
        assert delivery.sources[source].empty_files == 2


@pytest.mark.parametrize("name", ["notes.txt", "customer/landing/old.json", ".hidden"])
def test_a_folder_with_files_is_refused_and_left_as_it_is(name: str, tmp_path: Path) -> None:
    kept = tmp_path / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=r"already contains files.*choose an empty folder") as error:
        simulate(PLAIN, tmp_path)
    assert error.value.exit_code == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert kept.read_text() == "mine"


def test_a_file_or_a_place_below_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file; choose an empty folder"):
        simulate(PLAIN, tmp_path / "file")
    with pytest.raises(UsageError, match=r"cannot write to .*choose another, empty folder"):
        simulate(PLAIN, tmp_path / "file" / "below")


def test_an_interrupted_simulation_leaves_complete_files_only(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        assert any(path.name.startswith(".") for path in tmp_path.rglob("*"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(replace(PLAIN, customers=1_500, late=0.1), tmp_path, progress=stop)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left
    assert all(path.suffix == ".json" and path.read_bytes().count(b"\n") == 500 for path in left)


def test_progress_counts_customers(tmp_path: Path) -> None:
    seen: list[int] = []
    simulate(replace(PLAIN, customers=2_300, instants=1), tmp_path, progress=seen.append)
    assert seen == [1_000, 2_000, 2_300]


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("customers", 0),
        ("instants", 0),
        ("days", 0),
        ("days", 701),
        ("readings_per_instant", 7),
        ("records_per_file", 0),
        ("empty_files", -1),
        ("redelivered_files", -1),
        *((name, value) for name in ("consent", "late", "malformed") for value in (-0.1, 1.1, float("nan"))),
    ],
)
def test_nonsense_is_refused_by_name(switch: str, value: float) -> None:
    switches: dict[str, Any] = {switch: value}
    with pytest.raises(UsageError, match=f"^{switch} must be "):
        replace(PLAIN, **switches)


def test_every_switch_says_what_it_means() -> None:
    assert all(switch.metadata["help"].endswith(".") for switch in fields(Scenario))


def test_memory_does_not_grow_with_the_number_of_customers(tmp_path: Path) -> None:
    def peak(customers: int) -> int:
        scenario = replace(PLAIN, customers=customers, late=0.1, redelivered=0.1, malformed=0.001)
        tracemalloc.start()
        try:
            simulate(scenario, tmp_path / str(customers))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # imports and caches
    small, large = peak(300), peak(3_000)
    # The larger one writes 30 MB more.
    assert large < small + 500_000
