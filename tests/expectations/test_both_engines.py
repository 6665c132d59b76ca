"""Suites by Spark: of good data and of every defect, the facts are those that the embedded engine computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.engine.spark_reader import SparkReader
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES
from expectations.suites import SUITES
from expectations.validation.validate import _facts
from tests.collected import note_collected
from tests.expectations.test_suites import DEFECTS, GOOD, _kept
from tests.few_rows import for_few_rows
from tests.lake_without_spark import make_lake
from tests.sampled import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.profiles.profile import LocalProfile

pytestmark = pytest.mark.spark

Relations = dict[str, str]


class Both:
    """Both engines on one lake, and relations of the same rows in each."""

    def __init__(self, embedded: SnapshotReader, by_spark: SparkReader) -> None:
        self.embedded, self.by_spark = embedded, by_spark
        verdicts = TABLES["quality.validation_result"]
        self.good = {name: self.kept(name, statement) for name, statement in GOOD.items()}
        self.good[verdicts.name] = self.kept(verdicts.name, f"SELECT * FROM {embedded.relation(verdicts, None)}")

    def kept(self, name: str, statement: str, like: str = "") -> str:
        """Rows of a statement of DuckDB's, in both engines."""
        _kept(self.embedded, name, statement, like=like)
        return self.by_spark.load_arrow(name, self.embedded.table(name))

    def facts(self, identifier: str, relations: Relations) -> tuple[dict[str, Any], dict[str, Any]]:
        """What either computes."""
        whole = {f"whole_{name}": text for name, text in relations.items()}
        found = []
        for reader in (self.embedded, self.by_spark):
            facts, errors = _facts(reader, SUITES[identifier], relations | whole)
            assert errors == []
            judged = relations[TABLES[identifier].name]
            found.append(facts | {"columns": list(reader.columns(judged).items())})
        return found[0], found[1]


@pytest.fixture(scope="module")
def readers(
    spark: SparkSession, profile: LocalProfile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SnapshotReader, SparkReader]]:
    with (
        SnapshotReader(make_lake(tmp_path_factory.mktemp("lake"))) as embedded,
        SparkReader(spark, profile) as by_spark,
    ):
        yield embedded, by_spark


@pytest.fixture(scope="module")
def both(readers: tuple[SnapshotReader, SparkReader]) -> Both:
    embedded, by_spark = readers
    return Both(embedded, for_few_rows(by_spark))


@pytest.fixture(scope="module")
def both_for_many_rows(
    spark: SparkSession, profile: LocalProfile, readers: tuple[SnapshotReader, SparkReader]
) -> Iterator[Both]:
    """As they are where Spark plans stage by stage, and compiles."""
    embedded, _ = readers
    with SparkReader(spark, profile) as by_spark:
        yield Both(embedded, by_spark)


@pytest.mark.parametrize("identifier", list(TABLES))
def test_facts_of_good_data(both: Both, identifier: str) -> None:
    one, other = both.facts(identifier, both.good)
    assert one == other


@pytest.mark.parametrize("identifier", list(TABLES))
def test_facts_of_good_data_as_of_many_rows(both_for_many_rows: Both, identifier: str) -> None:
    one, other = both_for_many_rows.facts(identifier, both_for_many_rows.good)
    assert one == other


@pytest.mark.parametrize(
    ("identifier", "defect", "statement", "checks"),
    sampled(DEFECTS, 3),
    ids=[f"{name}: {defect}" for name, defect, *_ in DEFECTS],
)
def test_facts_of_a_defect(both: Both, identifier: str, defect: str, statement: str, checks: set[str]) -> None:
    del defect, checks
    name = TABLES[identifier].name
    both.kept("defective", statement.format(t=name), like=name)
    one, other = both.facts(identifier, both.good | {name: "defective"})
    assert one == other


@pytest.mark.parametrize("identifier", list(TABLES))
def test_nothing_but_facts_reaches_this_process(both: Both, identifier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row a statement is collected; and no plan broadcasts rows, which would be collected on their way."""
    noted = note_collected(monkeypatch)
    relations = both.good | {f"whole_{name}": text for name, text in both.good.items()}
    facts, errors = _facts(both.by_spark, SUITES[identifier], relations)
    assert errors == []
    assert len(noted.rows) == len(noted.plans) == len(SUITES[identifier].facts)
    assert sum(map(len, noted.rows)) == len(facts)
    assert not [plan for plan in noted.plans if "Broadcast" in plan]
