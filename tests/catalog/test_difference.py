"""Differences are exact: told apart by grain, over rows that are deleted by position too, from what was rewritten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.history.difference import Difference, difference
from catalog.history.publications import table_history
from catalog.history.time_travel import open_table
from catalog.read.row_count import count_rows
from catalog.specs import table as spec_of
from jobs.pseudonym import load_key, pseudonym
from tests.lake_without_spark import append, customer, make_lake, overwrite, table
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.profiles.profile import LocalProfile

CUSTOMERS = "trusted.customer_trusted"
READINGS = "trusted.step_trainer_trusted"


def _compare(
    profile: LocalProfile, identifier: str, earlier: int, later: int, examples: int = 0, *, withdrawn: bool = True
) -> Difference:
    return difference(
        profile,
        spec_of(identifier),
        str(earlier),
        str(later),
        examples=examples,
        conceal=lambda _, value: f"<{value}>",
        withdrawn=withdrawn,
    )


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    return make_lake(tmp_path_factory.mktemp("difference"))


_people = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.sampled_from("123"), st.none() | st.just(5)))


@given(before=_people, after=_people)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_sets(
    lake: LocalProfile, before: dict[str, tuple[str, int | None]], after: dict[str, tuple[str, int | None]]
) -> None:
    def rows(people: dict[str, tuple[str, int | None]]) -> list[dict[str, Any]]:
        return [customer(name, phone=phone, shareWithPublicAsOfDate=public) for name, (phone, public) in people.items()]

    earlier, later = overwrite(lake, CUSTOMERS, rows(before)), overwrite(lake, CUSTOMERS, rows(after))
    found = _compare(lake, CUSTOMERS, earlier, later, examples=10)
    both = before.keys() & after.keys()
    assert found.added == len(after.keys() - before.keys())
    assert found.removed == len(before.keys() - after.keys())
    assert found.changed == sum(before[name] != after[name] for name in both)
    assert (found.from_rows, found.to_rows) == (len(before), len(after))
    shown = {(example.kind, example.row["email"]) for example in found.examples}
    assert shown == {
        *(("added", f"<{name}>") for name in after.keys() - before.keys()),
        *(("removed", f"<{name}>") for name in before.keys() - after.keys()),
        *(("changed", f"<{name}>") for name in both if before[name] != after[name]),
    }
    withheld = _compare(lake, CUSTOMERS, earlier, later, examples=10, withdrawn=False)
    assert found.withdrawn == withheld.withdrawn == len(before.keys() - after.keys())
    assert withheld.examples == tuple(example for example in found.examples if example.kind != "removed")
    for example in found.examples:
        if example.kind == "changed":
            name = example.row["email"].strip("<>")
            was, now = before[name], after[name]
            assert example.was.get("phone", f"<{now[0]}>") == f"<{was[0]}>"
            assert example.was.get("shareWithPublicAsOfDate", now[1]) == was[1]


def test_a_row_that_stands_twice_counts_twice(lake: LocalProfile) -> None:
    twice = overwrite(lake, CUSTOMERS, [customer("a"), customer("a"), customer("b")])
    once = overwrite(lake, CUSTOMERS, [customer("a"), customer("b")])
    assert (_compare(lake, CUSTOMERS, twice, once).removed, _compare(lake, CUSTOMERS, once, twice).added) == (1, 1)


def test_examples_are_as_many_as_asked_for(lake: LocalProfile) -> None:
    none = overwrite(lake, CUSTOMERS, [])
    many = overwrite(lake, CUSTOMERS, [customer(name) for name in "abc"])
    found = _compare(lake, CUSTOMERS, none, many, examples=2)
    assert [example.row["email"] for example in found.examples] == ["<a>", "<b>"]
    assert found.examples[0].row["lastUpdateDate"] == 1
    assert _compare(lake, CUSTOMERS, none, many).examples == ()


def test_files_that_both_sides_have_are_not_read(lake: LocalProfile) -> None:
    first = overwrite(lake, CUSTOMERS, [customer("a"), customer("b")])
    [shared] = [task.file.file_path for task in table(lake, CUSTOMERS).scan().plan_files()]
    second = append(lake, CUSTOMERS, [customer("c")])
    Path(shared.removeprefix("file://")).unlink()
    found = _compare(lake, CUSTOMERS, first, second)
    assert (found.added, found.removed, found.changed, found.to_rows) == (1, 0, 0, 3)
    overwrite_again = table(lake, CUSTOMERS)
    overwrite_again.manage_snapshots().set_current_snapshot(snapshot_id=first).commit()


@pytest.mark.spark
def test_rows_deleted_by_position_do_not_count(spark: SparkSession, profile: LocalProfile) -> None:
    name = f"stedi.{READINGS}"
    spark.sql(f"DELETE FROM {name}")
    values = ("id AS sensorReadingTime", "'d' AS serialNumber", "7 AS distanceFromObject", "'p' AS person")
    rows = spark.range(10).selectExpr(*values, "timestamp_millis(id) AS readingTime")
    rows.coalesce(1).writeTo(name).append()
    spark.sql(f"DELETE FROM {name} WHERE sensorReadingTime < 3")
    spark.sql(f"DELETE FROM {name} WHERE sensorReadingTime = 9")
    last, middle, whole = table_history(profile, spec_of(READINGS), limit=3)
    opened = open_table(profile, spec_of(READINGS))
    summary = opened.snapshot_by_id(last.snapshot)
    assert summary is not None
    assert summary.summary is not None
    assert int(summary.summary.additional_properties["total-delete-files"]) > 0
    assert (whole.rows, middle.rows, last.rows) == (10, 7, 6)
    assert count_rows(opened, last.snapshot) == 6
    found = _compare(profile, READINGS, whole.snapshot, last.snapshot, examples=10)
    assert (found.added, found.removed, found.changed, found.from_rows, found.to_rows) == (0, 4, 0, 10, 6)
    assert [example.row["sensorReadingTime"] for example in found.examples] == [0, 1, 2, 9]
    assert _compare(profile, READINGS, middle.snapshot, last.snapshot).removed == 1


def test_examples_show_nothing_of_what_a_delivery_may_hold(tmp_path: Path) -> None:
    """An address in a field that no table declares, in a file's name, and in quarantined text."""
    profile = make_lake(tmp_path / "lake")
    origin = {"sourceFile": "jo.doe@example.com.json", "sourceFileSha256": "ab", "ingestedAt": datetime.now(UTC)}
    row = customer("Jo.Doe@example.com", customerName="jo.doe", phone="8015550123", extraFields="jo.doe@example.com")
    row["person"] = "jo.doe@example.com"
    rows: dict[str, dict[str, Any]] = {
        "landing.customer_landing": row | origin | {"recordNumber": 1},
        "landing.quarantine": origin
        | {"source": "customer", "recordNumber": 1, "reason": "r", "detail": "d"}
        | {"rawText": "jo.doe@example.com", "people": "jo.doe@example.com", "lastUpdateDate": 1},
        "landing.delivered_file": origin
        | {"source": "customer", "bytes": 1, "modifiedAt": datetime.now(UTC), "landed": 1, "quarantined": 0},
    }
    for identifier, values in rows.items():
        first = append(profile, identifier, [])
        append(profile, identifier, [values])
        for output in ("text", "json"):
            done = stedi("diff", identifier, "--from", first, "--rows", 1, "--lake", profile.lake, "--output", output)
            assert done.returncode == 0, done.stderr
            assert "added" in done.stdout
            assert "jo.doe" not in done.stdout.lower()
            assert "8015550123" not in done.stdout


def test_a_pseudonym_in_an_example_is_the_persons_however_the_address_is_spelt(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    first = append(profile, CUSTOMERS, [])
    append(profile, CUSTOMERS, [customer(" Jo.Doe@Example.com", person="jo.doe@example.com")])
    [example] = stedi_json("diff", CUSTOMERS, "--from", first, "--rows", 1, "--lake", profile.lake)["examples"]
    name = pseudonym("jo.doe@example.com", load_key())
    assert example["row"]["email"] == example["row"]["person"] == name
