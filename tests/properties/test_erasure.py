"""Laws of erasure: an erased lake is a lake in which the person never was, now, in every tag, and after more runs."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.history.tags import tag_lake
from catalog.lake import load_table
from catalog.specs import TABLES
from jobs.erasure.erase import begin_erasure, finish_erasure
from jobs.run.progress import Stages
from tests.lake import KEY
from tests.properties.lake import Lake
from tests.properties.oracle import REQUIRED, device, holder_of, person
from tests.properties.test_histories import PEOPLE, deliveries

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lake import Lake as OpenedLake
    from tests.properties.oracle import Record

pytestmark = [pytest.mark.properties]
EXAMPLES = int(os.environ.get("STEDI_ERASURES", "2"))
# By default the same histories each time; others where more are asked for.
_SAME = "STEDI_ERASURES" not in os.environ
_ORIGIN = {"sourceFile", "sourceFileSha256", "recordNumber", "ingestedAt", "extraFields"}
Delivery = dict[str, list["Record"]]


def _customers(delivered: list[Delivery]) -> list[Record]:
    return [record for each in delivered for record in each["customer"] if record.keys() >= REQUIRED]


def _without(delivery: Delivery, who: set[str], known: list[Delivery]) -> Delivery:
    """A delivery as it would have been without these people, by what was known of devices when they were erased."""
    every = _customers(known)
    others = [record for record in every if person(record["email"]) not in who]
    theirs = {device(record["serialNumber"]) for record in every if person(record["email"]) in who}

    def stays(record: Record) -> bool:
        name, instant = device(record["serialNumber"]), record["sensorReadingTime"]
        return name not in theirs or holder_of(every, name, instant) == holder_of(others, name, instant)

    return {
        "customer": [record for record in delivery["customer"] if person(record["email"]) not in who],
        "accelerometer": [record for record in delivery["accelerometer"] if person(record["user"]) not in who],
        "step_trainer": [record for record in delivery["step_trainer"] if stays(record)],
    }


def _fresh(opened: OpenedLake, folder: Path) -> Lake:
    shutil.rmtree(opened.profile.privacy.removeprefix("file://"), ignore_errors=True)
    return Lake(opened, folder)


def _contents(lake: Lake, snapshots: dict[str, int | None]) -> dict[str, Counter[Any]]:
    """All rows of all tables at some snapshots, but for where records came from and what was refused as erased."""
    found = {}
    for name, snapshot in snapshots.items():
        spec = TABLES[name]
        if name in {"landing.delivered_file", "quality.validation_result"} or snapshot is None:
            continue
        table = load_table(lake.opened.profile, spec)
        rows = table.scan(snapshot_id=snapshot).to_arrow().to_pylist()
        columns = [column for column in spec.column_names if column not in _ORIGIN and column != "rawText"]
        found[name] = Counter(tuple(row[column] for column in columns) for row in rows if row.get("reason") != "erased")
    return found


def _different(one: dict[str, Counter[Any]], other: dict[str, Counter[Any]]) -> dict[str, Any]:
    """Rows that only one of two accounts has, by table."""
    tables = one.keys() | other.keys()
    found = {name: (one.get(name, Counter()), other.get(name, Counter())) for name in tables}
    return {name: (left - right, right - left) for name, (left, right) in found.items() if left != right}


def _tagged(lake: Lake, tag: str) -> dict[str, int | None]:
    refs = {name: load_table(lake.opened.profile, spec).metadata.refs for name, spec in TABLES.items()}
    return {name: each[tag].snapshot_id if tag in each else None for name, each in refs.items()}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=_SAME,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(data=st.data())
def test_an_erased_lake_is_one_in_which_they_never_were(
    lake: OpenedLake, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    before = data.draw(st.lists(deliveries(), min_size=1, max_size=3))
    after = data.draw(st.lists(deliveries(), max_size=1))
    names = data.draw(st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=2))
    who = {f"{name}@example.test" for name in names}
    folder = tmp_path_factory.mktemp("erased")

    kept = _fresh(lake, folder / "drops")
    for number, delivery in enumerate(before):
        kept.run(kept.deliver(delivery))
        if number == 0:
            tag_lake(lake.profile, "first", 30)
    published = kept.snapshots()
    finish_erasure(lake, begin_erasure(lake, sorted(who), KEY, None), KEY, Stages())
    assert {name: id_ for name, id_ in kept.snapshots().items() if name != "landing.delivered_file"} == {
        name: id_ for name, id_ in published.items() if name != "landing.delivered_file"
    }
    kept.run()
    assert kept.snapshots()["curated.machine_learning_curated"] == published["curated.machine_learning_curated"]
    for delivery in [*before[:1], *after]:
        kept.run(kept.deliver(delivery))  # what was erased is delivered again
    erased = (_contents(kept, _tagged(kept, "first")), _contents(kept, kept.snapshots()))
    increments = kept.contents()
    kept.run(rebuild=True)
    assert kept.contents() == increments

    never = _fresh(lake, folder / "never")
    for number, delivery in enumerate([*before, *before[:1], *after]):
        never.run(never.deliver(_without(delivery, who, before)))
        if number == 0:
            tag_lake(lake.profile, "first", 30)
    assert _different(erased[0], _contents(never, _tagged(never, "first"))) == {}
    assert _different(erased[1], _contents(never, never.snapshots())) == {}
