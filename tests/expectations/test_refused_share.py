"""The gate on how much of a delivery is refused, and by the suites' own count: not on what the jobs say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.read.parquet_sql import TYPES
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES, table
from expectations.suites import SUITES
from expectations.validation.validate import Verdict, validate
from jobs.run.refusals import Tolerance
from tests.lake_without_spark import make_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEDGER, QUARANTINE = table("landing.delivered_file"), table("landing.quarantine")
GATE = "few_records_are_refused"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SnapshotReader]:
    with SnapshotReader(make_lake(tmp_path)) as opened:
        yield opened


def _rows(reader: SnapshotReader, name: str, columns: dict[str, str], count: str) -> str:
    """Rows of a table with these values, in SQL, and others of no account."""
    spec = next(spec for spec in TABLES.values() if spec.name == name)
    some = {"string": "'x'", "long": "1", "timestamptz": "now()"}
    values = {column.name: some.get(column.type, "NULL") for column in spec.columns} | columns
    types = {column.name: TYPES[column.type] for column in spec.columns}
    listed = ", ".join(f'CAST({value} AS {types[key]}) AS "{key}"' for key, value in values.items())
    return reader.create_temp_table(f"some_{name}", f"SELECT {listed} FROM range({count}) r(n)")


def _judge(
    reader: SnapshotReader,
    identifier: str,
    *,
    refused: int,
    delivered: int,
    tolerance: Tolerance,
    reason: str = "'wrong_type'",
    recognised: str = "true",
    entered: int | None = None,
) -> Verdict:
    """The verdict on a delivery of customer records of which so many are refused; ``entered`` is the ledger's count."""
    counted = refused if entered is None else entered
    relations = {spec.name: reader.relation(spec, None) for spec in TABLES.values()}
    relations["quarantine"] = _rows(
        reader,
        "quarantine",
        {"source": "'customer'", "recordNumber": "n", "reason": reason, "isRecognised": recognised},
        str(refused),
    )
    relations["delivered_file"] = _rows(
        reader,
        "delivered_file",
        {"source": "'customer'", "landed": str(delivered - counted), "quarantined": str(counted)},
        "1",
    )
    relations["delivered"] = reader.create_temp_table(
        "some_delivered", f"SELECT 'customer' AS source, 'x' AS sourceFileSha256, {delivered}::BIGINT AS objects"
    )
    relations["tolerated"] = reader.load_arrow("some_tolerated", tolerance.table())
    whole = {f"whole_{name}": rows for name, rows in relations.items()}
    return validate(reader, SUITES[identifier], relations | whole, run_id="test", snapshot_id=1)


def _refused(verdict: Verdict) -> set[str]:
    return {result.name for result in verdict.results if result.refuses}


@pytest.mark.parametrize(
    ("refused", "delivered", "held_back"),
    [(5, 100, False), (6, 100, True), (956, 956, True), (19, 19, False), (20, 20, True), (1, 20, False), (2, 20, True)],
)
def test_a_twentieth_of_a_source_may_be_refused(
    reader: SnapshotReader, refused: int, delivered: int, held_back: bool
) -> None:
    verdict = _judge(reader, LEDGER.identifier, refused=refused, delivered=delivered, tolerance=Tolerance())
    assert (GATE in _refused(verdict)) is held_back


def test_somebody_who_accepts_it_lets_the_rest_through(reader: SnapshotReader) -> None:
    accepted = Tolerance(accepted=True)
    verdict = _judge(reader, LEDGER.identifier, refused=20, delivered=20, tolerance=accepted)
    assert GATE not in _refused(verdict)
    assert verdict.facts["sources_mostly_refused"] == 0


def test_a_ledger_that_says_less_hides_nothing(reader: SnapshotReader) -> None:
    verdict = _judge(reader, LEDGER.identifier, refused=20, delivered=20, tolerance=Tolerance(), entered=0)
    assert GATE in _refused(verdict)


def test_a_file_that_nobody_counted_holds_the_ledger_back(reader: SnapshotReader) -> None:
    relations = {spec.name: reader.relation(spec, None) for spec in TABLES.values()}
    relations["delivered_file"] = _rows(reader, "delivered_file", {"landed": "0", "quarantined": "0"}, "1")
    relations["delivered"] = reader.create_temp_table(
        "none_delivered", "SELECT '' AS source, '' AS sourceFileSha256, 0::BIGINT AS objects WHERE false"
    )
    relations["tolerated"] = reader.load_arrow("some_tolerated", Tolerance().table())
    whole = {f"whole_{name}": rows for name, rows in relations.items()}
    verdict = validate(reader, SUITES[LEDGER.identifier], relations | whole, run_id="test", snapshot_id=1)
    assert _refused(verdict) == {"delivered_is_landed_or_quarantined"}


@pytest.mark.parametrize(
    ("recognised", "strict", "held_back"),
    [("NULL", True, True), ("false", True, True), ("false", False, False), ("true", True, False)],
)
def test_strict_refuses_customers_whom_nobody_recognises(
    reader: SnapshotReader, recognised: str, strict: bool, held_back: bool
) -> None:
    verdict = _judge(
        reader,
        QUARANTINE.identifier,
        refused=1,
        delivered=100,
        tolerance=Tolerance(strict=strict),
        recognised=recognised,
    )
    assert ("strictly_no_customer_is_unrecognised" in _refused(verdict)) is held_back
    warned = {result.name for result in verdict.results if not result.success and not result.refuses}
    assert ("refused_customers_are_recognised" in warned) is (recognised != "true")


def test_what_is_known_at_ingest_only_is_left_out_of_audits() -> None:
    for spec in (LEDGER, QUARANTINE):
        suite = SUITES[spec.identifier].of_published()
        assert not [fact for fact in suite.facts if "{tolerated}" in fact or "{delivered}" in fact]
        assert not {GATE, "strictly_no_customer_is_unrecognised"} & {check.name for check in suite.checks}


def test_files_that_were_not_read_stop_no_others(reader: SnapshotReader) -> None:
    verdict = _judge(
        reader, LEDGER.identifier, refused=25, delivered=25, tolerance=Tolerance(), reason="'unreadable_file'"
    )
    assert GATE not in {result.name for result in verdict.results if not result.success}
