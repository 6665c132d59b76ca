"""Validate a table: SQL computes its suite's facts, Great Expectations judges them; if in doubt, it fails."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.machine.aws_errors import classify_error
from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from catalog.read.relation_reader import RelationReader
    from expectations.increment.scope import Scope
    from expectations.suites.suite import Check, Severity, Suite

_COLUMNS_CHECK = "columns_are_as_declared"


@dataclass(frozen=True)
class Result:
    """The outcome of one expectation.

    Attributes:
        name: the check's name.
        promise: what it guards.
        sentence: the check in plain words.
        success: whether it passed.
        observed: the fact that was judged, by name; counts only.
        rows_query: SQL that shows the offending rows, if there is any.
        error: why it could not be evaluated; it then counts as failed.
        severity: whether a failure holds the table back (``critical``) or is reported only (``warning``).
    """

    name: str
    promise: str
    sentence: str
    success: bool
    observed: dict[str, int | None] = field(default_factory=dict)
    rows_query: str | None = None
    error: str | None = None
    severity: Severity = "critical"

    @property
    def told(self) -> str:
        """What was observed, in words: ``offences 1,234``; or why nothing was."""
        return self.error or in_words(self.observed)

    @property
    def refuses(self) -> bool:
        """Whether it holds the table back; an expectation that could not be evaluated does, even if it is a warning."""
        return not self.success and (self.severity == "critical" or self.error is not None)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a table's snapshot.

    Attributes:
        table: its identifier.
        run_id: the run that asked.
        snapshot_id: the snapshot judged; None where the table has none.
        results: one per expectation.
        facts: everything counted on the way, by name.
        evaluated_at: UTC.
        left_out: checks of the suite that could not be judged outside of an ingest, by name.
    """

    table: str
    run_id: str
    snapshot_id: int | None
    results: tuple[Result, ...]
    facts: dict[str, int | None]
    evaluated_at: datetime
    left_out: tuple[str, ...] = ()

    @property
    def success(self) -> bool:
        """Whether the table passed: no expectation holds it back, and there is at least one."""
        return bool(self.results) and not any(result.refuses for result in self.results)

    def told(self, headline: str) -> str:
        """A headline and, below it, each expectation that holds the table back: facts, and SQL that shows the rows."""
        lines = [headline]
        for result in self.results:
            if result.refuses:
                lines.append(f"  {result.name}: {result.sentence} Observed: {result.told}")
                if result.rows_query:
                    lines.append(f"    see them: {result.rows_query}")
        return "\n".join(lines)


def in_words(observed: Mapping[str, int | None]) -> str:
    """Facts for people: ``unexpected columns 1, mistyped 0``."""
    return ", ".join(
        f"{name.replace('_', ' ')} {'not counted' if value is None else f'{value:,}'}"
        for name, value in observed.items()
    )


def validate(
    reader: RelationReader,
    suite: Suite,
    relations: MutableMapping[str, str],
    *,
    run_id: str,
    snapshot_id: int | None,
    scope: Scope | None = None,
    shown: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge a table.

    Args:
        reader: what the suite's statements are computed by.
        suite: what must be true of it.
        relations: the reader's relation of each table, by short name; the judged one's is of its candidate.
        run_id: the run that asks.
        snapshot_id: the candidate's snapshot.
        scope: the part of the tables to judge it on; None: on all of them.
        shown: SQL text by which people read each table with ``stedi query`` or Athena, by short name.

    Returns:
        The verdict. It fails if the suite has no checks, a fact cannot be computed, or an expectation was not
        evaluated. If this raises an error instead, nothing is published either: only a verdict can publish.
    """
    from expectations.validation.judge import judge_columns, judge_facts

    if scope is not None:
        suite = replace(suite, facts=suite.facts + scope.facts, checks=suite.checks + scope.checks)
        relations = ChainMap(dict(scope.relations), relations)
    facts, errors = _facts(reader, suite, relations)
    outcome = judge_facts(suite, facts)
    results = [_result(check, facts, outcome.get(check.name, False), errors, shown or {}) for check in suite.checks]
    if suite.checks:
        found = reader.columns(relations[table(suite.table).name])
        columns = suite.columns or table(suite.table).column_names
        results.append(_columns_result(suite, judge_columns(columns, list(found)), found))
    return Verdict(suite.table, run_id, snapshot_id, tuple(results), facts, datetime.now(UTC))


def _facts(
    reader: RelationReader, suite: Suite, relations: Mapping[str, str]
) -> tuple[dict[str, int | None], list[str]]:
    facts: dict[str, int | None] = {}
    errors: list[str] = []
    for number, statement in enumerate(suite.facts, 1):
        try:
            facts |= reader.one_row(statement.format_map(relations))
        except Exception as error:
            if (known := classify_error(error)) is not None:
                raise known from error  # nothing is wrong with the data
            # An engine's messages can hold rows: the kind of the error has to do.
            errors.append(f"fact query {number} failed: {type(error).__name__}")
    return facts, errors


def _result(
    check: Check, facts: Mapping[str, int | None], held: bool, errors: list[str], shown: Mapping[str, str]
) -> Result:
    error = None
    if facts.get(check.fact) is None:
        error = "; ".join(errors) or f"the fact {check.fact} was not computed"
    return Result(
        check.name,
        check.promise,
        check.sentence,
        held and error is None,
        {check.fact: facts.get(check.fact)},
        check.rows.format_map(shown) if check.rows and shown else None,
        error,
        check.severity,
    )


def _columns_result(suite: Suite, held: bool, found: Mapping[str, str]) -> Result:
    from catalog.read.parquet_sql import TYPES

    declared = {column.name: TYPES[column.type] for column in table(suite.table).columns}
    unexpected = len(found.keys() - declared.keys())
    mistyped = sum(found.get(name, type_) != type_ for name, type_ in declared.items())
    return Result(
        _COLUMNS_CHECK,
        "no personal data" if suite.table == "curated.machine_learning_curated" else "shape",
        "The columns are the declared ones, in their order and with their types, and no others.",
        held and not mistyped,
        {
            "unexpected_columns": unexpected,
            "missing_columns": len(declared.keys() - found.keys()),
            "mistyped": mistyped,
        },
    )
