"""Devices that change hands: a chain of them ties people together, and nobody's rows may be lost or given away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DataRefusedError
from catalog.read.snapshot_reader import SnapshotReader
from jobs.incremental import increment
from jobs.incremental.affected import closed_set
from tests.lake_without_spark import make_lake
from tests.properties.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from catalog.lake import Lake as OpenedLake

Record = dict[str, Any]
START, DAY = 1_704_067_200_000, 86_400_000
_Closed = tuple[tuple[str, ...], tuple[str, ...]]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotReader]:
    with SnapshotReader(make_lake(tmp_path_factory.mktemp("lake"))) as opened:
        yield opened


def _closed(reader: SnapshotReader, named: Sequence[tuple[str, str]], *people: str) -> _Closed:
    values = ", ".join(f"('{person}', '{device}')" for person, device in named)
    rows = f"SELECT * FROM (VALUES {values}) AS t(person, device)"
    records = reader.materialize_once(rows)
    found = closed_set(reader, records, " UNION ALL ".join(f"SELECT '{person}' AS person" for person in people))
    return _keys(reader, found[0]), _keys(reader, found[1])


def _keys(reader: SnapshotReader, relation: str) -> tuple[str, ...]:
    return tuple(key for (key,) in reader.fetch(f"SELECT key FROM {relation} ORDER BY 1"))


def test_a_chain_is_followed_to_its_end(reader: SnapshotReader) -> None:
    chain = [(f"p{number:03}", f"d{number + step:03}") for number in range(200) for step in (0, 1)]
    people, devices = _closed(reader, [*chain, ("stranger", "d999")], "p000")
    assert people == tuple(f"p{number:03}" for number in range(200))
    assert devices == tuple(f"d{number:03}" for number in range(201))
    assert _closed(reader, [*chain, ("stranger", "d999")], "stranger") == (("stranger",), ("d999",))


def test_a_cycle_is_followed_once(reader: SnapshotReader) -> None:
    cycle = [("a", "1"), ("a", "2"), ("b", "2"), ("b", "3"), ("c", "3"), ("c", "1"), ("d", "4")]
    assert _closed(reader, cycle, "b", "unknown") == (("a", "b", "c", "unknown"), ("1", "2", "3"))


def test_a_device_that_everybody_names_is_followed_once(reader: SnapshotReader) -> None:
    """A serial number that a factory left blank: pairs of its people would be ten billion."""
    reader.create_temp_table("everybody", "SELECT 'p' || i AS person, '0000' AS device FROM range(100000) t(i)")
    people, devices = closed_set(reader, "everybody", "SELECT 'p1' AS person")
    assert (len(_keys(reader, people)), _keys(reader, devices)) == (100_000, ("0000",))


def _record(name: str, device: str, updated: int, **values: int | None) -> Record:
    known: Record = {"customerName": name, "email": f"{name}@example.test", "phone": "1", "birthDay": "1990-01-01"}
    dates = {"registrationDate": START, "lastUpdateDate": START + updated, "shareWithResearchAsOfDate": START}
    return {name: value for name, value in (known | {"serialNumber": device} | dates | values).items() if value}


def _readings(time: int, people: Sequence[str], devices: Sequence[str]) -> dict[str, list[Record]]:
    motion = [{"user": f"{name}@example.test", "timestamp": time, "x": 1.0, "y": 0.0, "z": 0.0} for name in people]
    step = [{"sensorReadingTime": time, "serialNumber": name, "distanceFromObject": 1} for name in devices]
    return {"accelerometer": motion, "step_trainer": step}


# Ben had d1 and has d2, which Cleo had, who has d3, which Dan had, who has d4.
CHAIN = [
    _record("ben", "d1", 1),
    _record("ben", "d2", 2),
    _record("cleo", "d2", 0),
    _record("cleo", "d3", 1),
    _record("dan", "d3", 0),
    _record("dan", "d4", 1),
]
NEW = [_record("ann", "d1", 20, registrationDate=START + 20)]
PEOPLE, DEVICES = ("ann", "ben", "cleo", "dan"), ("d1", "d2", "d3", "d4")


def _with_a_chain(opened: OpenedLake, folder: Path) -> Lake:
    lake = Lake(opened, folder)
    # At START, Cleo still had d2.
    both = [_readings(time, PEOPLE, DEVICES) for time in (START, START + 1000)]
    readings = {source: [row for each in both for row in each[source]] for source in both[0]}
    lake.run(lake.deliver({"customer": CHAIN} | readings))
    return lake


def test_whoever_gets_a_device_of_a_chain_costs_nobody_a_row(lake: OpenedLake, tmp_path: Path) -> None:
    small = _with_a_chain(lake, tmp_path)
    before = small.contents()["curated.machine_learning_curated"]
    run = small.run(small.deliver({"customer": NEW, "accelerometer": [], "step_trainer": []}))
    assert {step.how.partition(":")[0] for step in run.tables[-5:]} == {"incremental"}
    assert small.made() == small.expected()
    assert small.contents()["curated.machine_learning_curated"] >= before
    assert before


def _one_hop(reader: SnapshotReader, records: str, people: str) -> tuple[str, str]:
    """Whom the people share devices with, and no more: the devices are those of the people alone."""
    named = reader.materialize_once(people)
    devices = reader.materialize_once(f"SELECT DISTINCT device AS key FROM {records} SEMI JOIN {named} USING (person)")
    owners = f"SELECT person AS key FROM {records} r SEMI JOIN {devices} d ON d.key = r.device"
    return reader.materialize_once(f"{owners} UNION SELECT person FROM {named}"), devices


def _one_hop_and_its_devices(reader: SnapshotReader, records: str, people: str) -> tuple[str, str]:
    """The same, with all devices of whom was reached: others had them, too."""
    reached, _ = _one_hop(reader, records, people)
    devices = f"SELECT DISTINCT r.device AS key FROM {records} r SEMI JOIN {reached} k ON k.key = r.person"
    return reached, reader.materialize_once(devices)


def _nobody_else(reader: SnapshotReader, records: str, people: str) -> tuple[str, str]:
    """The people themselves: whose device it was before keeps what is not theirs."""
    who = reader.materialize_once(f"SELECT DISTINCT person AS key FROM ({people})")
    return who, reader.materialize_once(f"SELECT device AS key FROM {records} LIMIT 0")


@pytest.mark.parametrize("closure", [_one_hop, _one_hop_and_its_devices, _nobody_else])
def test_a_closure_that_stops_short_is_refused(
    lake: OpenedLake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    closure: Callable[[SnapshotReader, str, str], tuple[str, str]],
) -> None:
    """The judge does not ask the jobs who is concerned: it sees whose rows went."""
    small = _with_a_chain(lake, tmp_path)
    before = small.snapshots()
    monkeypatch.setattr(increment, "closed_set", closure)
    drop = small.deliver({"customer": NEW} | _readings(START + DAY, PEOPLE, DEVICES))
    with pytest.raises(DataRefusedError, match=r"trusted\.step_trainer_trusted refused"):
        small.run(drop)
    assert small.snapshots()["trusted.step_trainer_trusted"] == before["trusted.step_trainer_trusted"]


def test_readings_of_a_device_that_was_handed_over(lake: OpenedLake, tmp_path: Path) -> None:
    """Olga never agreed; what her device measured while she had it is not Nils's, to whom it goes."""
    hour = 3_600_000
    small = Lake(lake, tmp_path)
    first = [_record("olga", "hand", 1, shareWithResearchAsOfDate=None), _record("nils", "old", 1)]
    small.run(small.deliver({"customer": first} | _readings(START + hour, ("nils", "olga"), ("hand",))))
    handed = [_record("olga", "new", 2 * hour, shareWithResearchAsOfDate=None), _record("nils", "hand", 3 * hour)]
    small.run(small.deliver({"customer": handed} | _readings(START + 4 * hour, ("nils",), ("hand",))))
    assert small.made() == small.expected()
    assert [time for _, time, *_ in small.made()["curated.machine_learning_curated"]] == [START + 4 * hour]


def test_readings_of_a_device_that_changed_hands(lake: OpenedLake, tmp_path: Path) -> None:
    """Whose it was before has to be looked up in all of that person's records, or it seems to have two owners."""

    def _record(name: str, device: str, updated: int) -> Record:
        known = {"customerName": name, "email": f"{name}@example.test", "phone": "1", "birthDay": "1990-01-01"}
        dates = {"registrationDate": START, "lastUpdateDate": START + updated, "shareWithResearchAsOfDate": START}
        return known | dates | {"serialNumber": device}

    def reading(time: int) -> dict[str, list[Record]]:
        moved = [{"user": f"{name}@example.test", "timestamp": time, "x": 1.0, "y": 0.0, "z": 0.0} for name in PEOPLE]
        step = {"sensorReadingTime": time, "serialNumber": "d1", "distanceFromObject": 1}
        return {"accelerometer": moved, "step_trainer": [step]}

    small = Lake(lake, tmp_path)
    customers = [_record("cleo", "d1", 0), _record("cleo", "d3", 1), _record("ann", "d1", 2)]
    small.run(small.deliver({"customer": customers} | _readings(START + 1000, PEOPLE, ("d1",))))
    run = small.run(small.deliver({"customer": []} | _readings(START + DAY, PEOPLE, ("d1",))))
    assert {step.how.partition(":")[0] for step in run.tables[-2:]} == {"incremental"}
    assert small.made() == small.expected()
    assert len(small.contents()["trusted.step_trainer_trusted"]) == 2
