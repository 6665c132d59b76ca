"""A person is erased from everything that a lake holds; everybody else keeps what they had, at every moment."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from catalog.errors import DamagedLakeError, DataRefusedError, UsageError
from catalog.privacy.certificates import read_all, verify
from catalog.privacy.erasures import erasures
from catalog.specs import TABLES
from catalog.storage.files import storage_of
from jobs.erasure.erase import begin_erasure, people_of, preview
from jobs.erasure.journal import open_journal
from jobs.pseudonym import pseudonym
from tests.jobs.erasure.world import (
    ANN,
    ANNS_DEVICE,
    BEN,
    CLEO,
    DAY,
    SHARED,
    START,
    VALUES,
    World,
    deliver_first,
    make_world,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COUNTED = {"landing.delivered_file"}
_SCRUBBED = {"sourceFile", "extraFields", "rawText", "people"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(made: World) -> World:
    made.restore()
    return made


def _is_anns(world: World, row: dict[str, Any]) -> bool:
    """By the deliveries of this world: Ann had her own device always, and the shared one from day 5 on."""
    if row.get("person") == ANN or row.get("pseudonym") == pseudonym(ANN, world.key):
        return True
    device = str(row.get("device") or row.get("serialNumber") or "").upper()
    instant = row.get("sensorReadingTime")
    return instant is not None and (device == ANNS_DEVICE or (device == SHARED and instant >= START + 5 * DAY))


def _plain(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((name, value) for name, value in row.items() if name not in _SCRUBBED)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """What every file holds, decoded simply; and its name."""
    for path in sorted(folder.rglob("*")):
        yield str(path), str(path.relative_to(folder))
        if path.suffix == ".parquet":
            yield str(path), str(pq.read_table(path).to_pydict()) + str(pq.read_metadata(path).metadata)
        elif path.is_file():
            data = path.read_bytes()
            yield str(path), (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("latin-1")


def test_nothing_is_left_and_others_keep_every_moment(world: World) -> None:
    before = world.rows()
    certificate = world.erase()

    left = [
        (path, value)
        for path, text in _texts(world.folder / "now")
        for value in (*VALUES, pseudonym(ANN, world.key))
        if value.lower() in text.lower()
    ]
    assert left == []
    after = world.rows()
    ledger_before = {key for key in before if key[0] in _COUNTED}
    for key, rows in before.items():
        if key in ledger_before or key[0] == "landing.quarantine":
            continue
        kept = Counter(_plain(row) for row in rows if not _is_anns(world, row))
        assert Counter(map(_plain, after[key])) == kept, key
    assert before.keys() <= after.keys()
    assert certificate["findings"] == []
    assert certificate["tables"]["landing.customer_landing"]["rowsRemoved"] == 2
    assert verify([each.text for each in read_all(storage_of(world.profile), world.profile.privacy)])


def test_who_is_beside_them_in_a_record_keeps_it(world: World) -> None:
    world.erase()
    [ben] = [
        row
        for row in world.lake.table(TABLES["landing.customer_landing"]).scan().to_arrow().to_pylist()
        if row["person"] == BEN and row["extraFields"]
    ]
    assert json.loads(ben["extraFields"]) == {"note": "a friend"}
    quarantined = world.lake.table(TABLES["landing.quarantine"]).scan().to_arrow().to_pylist()
    # Ben's refused record goes on to suspend his consent until the newer one, though its text named Ann.
    assert [row["people"] for row in quarantined] == [BEN]
    assert quarantined[0]["rawText"].startswith("erased ")


def test_a_shared_device_loses_only_their_time(world: World) -> None:
    world.erase()
    steps = world.lake.table(TABLES["landing.step_trainer_landing"]).scan().to_arrow().to_pylist()
    shared = sorted((row["sensorReadingTime"] - START) // DAY for row in steps if row["device"] == SHARED.lower())
    assert shared == [2, 3, 4]


def test_a_run_after_it_has_nothing_to_do(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.erase()
    capsys.readouterr()
    world.run("--landing", str(world.drop))
    outcomes = {each["table"]: each["outcome"] for each in json.loads(capsys.readouterr().out)["tables"]}
    assert set(outcomes.values()) == {"unchanged"}


def test_a_rebuild_after_it_gives_the_same(world: World) -> None:
    def jobs_tables() -> dict[str, Counter[Any]]:
        zones = ("trusted", "curated")
        return {
            name: Counter(_plain(row) for row in world.lake.table(spec).scan().to_arrow().to_pylist())
            for name, spec in TABLES.items()
            if name.startswith(zones)
        }

    world.erase()
    before = jobs_tables()
    world.run("--rebuild")
    assert jobs_tables() == before


def test_a_delivery_cannot_bring_them_back(world: World, tmp_path: Path) -> None:
    world.erase()
    people = world.customers()
    again = tmp_path / "again"
    deliver_first(again)
    for path in list(again.rglob("*.json")):
        path.write_text(path.read_text() + "\n")  # other contents, so that the ledger does not know them
        path.rename(path.with_name(f"again {path.name}"))
    world.run("--landing", str(again), "--accept-refused")
    lake = world.lake
    assert world.customers() == people
    refused = lake.table(TABLES["landing.quarantine"]).scan(row_filter="reason = 'erased'").to_arrow().to_pylist()
    assert Counter(row["source"] for row in refused) == {"customer": 3, "accelerometer": 20, "step_trainer": 17}
    assert {row["rawText"] for row in refused} == {""}
    left = [text for _, text in _texts(world.profile.lake) if any(value.lower() in text.lower() for value in VALUES)]
    assert left == []


def test_erasing_twice_is_erasing_once(world: World) -> None:
    world.erase()
    once = world.rows()
    certificate = world.erase()
    twice = world.rows()
    assert {key: list(map(_plain, rows)) for key, rows in twice.items() if key in once} == {
        key: list(map(_plain, rows)) for key, rows in once.items()
    }
    assert sum(table["rowsRemoved"] for table in certificate["tables"].values()) == 0
    assert certificate["number"] == 2


def test_somebody_unknown_gets_a_certificate_that_nothing_is_held(world: World) -> None:
    before = world.rows()
    certificate = world.erase("nobody@example.test")
    assert sum(table["rowsRemoved"] for table in certificate["tables"].values()) == 0
    assert certificate["findings"] == []
    assert {key: rows for key, rows in world.rows().items() if key in before} == before


def test_a_preview_changes_nothing_and_counts_what_goes(world: World) -> None:
    files = {str(path): path.stat().st_mtime_ns for path in world.folder.rglob("*") if path.suffix == ".parquet"}
    found = preview(world.lake, [ANN], world.key)
    assert {
        str(path): path.stat().st_mtime_ns for path in world.folder.rglob("*") if path.suffix == ".parquet"
    } == files
    certificate = world.erase()
    assert {each.table: each.rows for each in found.tables} == {
        name: each["rowsRemoved"] for name, each in certificate["tables"].items()
    }


def test_a_leak_that_no_step_knows_is_told_and_kept_open(world: World) -> None:
    (world.profile.lake / "notes.txt").write_text(f"call {ANN}", encoding="utf-8")
    with pytest.raises(DataRefusedError, match=r"notes\.txt") as error:
        world.erase()
    assert ANN not in str(error.value)
    with pytest.raises(UsageError, match="is not finished; finish it first"):
        world.erase()
    assert [each.document["state"] for each in erasures(world.profile)] == ["open"]
    with pytest.raises(SystemExit) as stopped:
        world.run()
    assert stopped.value.code == UsageError.exit_code
    for plan in world.profile.lake.glob("privacy/erasures/*/plan.json"):
        plan.unlink()
    with pytest.raises(DamagedLakeError, match="its plan is lost"):
        open_journal(world.profile)


def test_addresses_are_told_by_their_place() -> None:
    assert people_of([" Ann@Example.test "], ["# people", "", "ben@example.test"]) == [
        "ann@example.test",
        "ben@example.test",
    ]
    with pytest.raises(UsageError, match="line 2 of the file is not an e-mail address") as error:
        people_of([], ["ann@example.test", "ben at home"])
    assert "ben" not in str(error.value)
    with pytest.raises(UsageError, match="nobody is named"):
        people_of([], [])


def test_a_device_that_somebody_registers_later_is_theirs_from_then_on(world: World, tmp_path: Path) -> None:
    world.erase()
    far = 800  # days after 2024-01-01: after the erasure
    drop = tmp_path / "later"
    for source, records in {
        "customer": [
            {
                "customerName": "Dora Elm",
                "email": "dora@example.test",
                "phone": "8015550111",
                "birthDay": "1990-01-01",
                "serialNumber": ANNS_DEVICE,
                "registrationDate": START + DAY,
                "lastUpdateDate": START + 2 * DAY,
            }
        ],
        "step_trainer": [
            {"sensorReadingTime": START + day * DAY, "serialNumber": ANNS_DEVICE, "distanceFromObject": 5}
            for day in (3, far, 20 * far)
        ],
    }.items():
        folder = drop / source / "landing"
        folder.mkdir(parents=True)
        (folder / "d.json").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    world.run("--landing", str(drop))
    steps = world.lake.table(TABLES["landing.step_trainer_landing"]).scan().to_arrow().to_pylist()
    days = [(row["sensorReadingTime"] - START) // DAY for row in steps if row["device"] == ANNS_DEVICE.lower()]
    # Dora registered it, she says, long before Ann was erased: only what was measured since then is hers for certain.
    assert days == [20 * far]


def test_a_wrong_drop_folder_is_refused_before_anything_begins(world: World) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        begin_erasure(world.lake, [ANN], world.key, {"named": str(world.folder / "lnading")})
    assert erasures(world.profile) == []


def test_a_list_of_exports_that_cannot_be_read_is_told(world: World) -> None:
    world.profile.lake.joinpath("privacy", "exports.json").write_text("[", encoding="utf-8")
    with pytest.raises(DamagedLakeError, match="where exports are is not known"):
        world.erase()


def test_an_export_that_was_moved_is_named_as_not_read(world: World) -> None:
    shutil.rmtree(world.folder / "now" / "export")
    assert any("1 export" in each for each in world.erase()["outOfScope"])


def test_a_key_that_did_not_name_the_rows_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="3 pseudonyms in the training table's history were not made with this key"):
        begin_erasure(world.lake, [ANN], bytes(range(32)), None)


def test_everybody_else_is_still_there(world: World) -> None:
    world.erase()
    trained = world.lake.table(TABLES["curated.machine_learning_curated"]).scan().to_arrow()["pseudonym"].to_pylist()
    assert set(trained) == {pseudonym(BEN, world.key), pseudonym(CLEO, world.key)}
