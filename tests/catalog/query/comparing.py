"""One query, asked of the embedded engine and of a real Trino, and what comes of it; counted for a table at the end."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from trino.exceptions import TrinoDataError

from catalog.errors import UsageError
from catalog.query.engine import query_local
from catalog.query.result import printed
from catalog.query.statement import check_reads_only
from tests.catalog.query.trino import ask

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile
    from catalog.query.result import Result


class Outcome(StrEnum):
    """What comes of a query; the last two are faults."""

    SAME = "same"
    BOTH_REFUSE = "both refuse"
    WE_REFUSE = "we refuse, Trino answers"
    DIFFER = "differ"
    WE_ANSWER = "we answer, Trino refuses"


FAULTS = {Outcome.DIFFER, Outcome.WE_ANSWER}
# For each group of queries, how often each outcome came.
TABLE: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)


@dataclass(frozen=True)
class Answer:
    """Names and types of columns, and rows; of Trino's, None where its client in Python cannot hold them."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]] | None


def compare(group: str, text: str, lake: LocalProfile, port: int) -> tuple[Outcome, str]:
    """The outcome, which the table counts, and what both say.

    Raises:
        Exception: the embedded engine neither answers nor refuses.
    """
    exact, found = _trinos(port, text), ours(lake, text)
    outcome = _outcome(exact, found, ordered="ORDER BY" in text.rpartition(")")[2].upper())
    TABLE[group][outcome] += 1
    return outcome, f"{text}\n  Trino: {exact}\n  here:  {found}"


def _trinos(port: int, text: str) -> Answer | str:
    try:
        check_reads_only(text)
        result = ask(port, text)
        return Answer(_columns(result), _rows(result))
    except UsageError as error:
        return str(error)
    except (TrinoDataError, pa.ArrowInvalid):
        return Answer([], None)


def ours(lake: LocalProfile, text: str) -> Answer | str:
    """The embedded engine's answer, or how it refuses."""
    try:
        with query_local(lake, text) as result:
            return Answer(_columns(result), _rows(result))
    except UsageError as error:
        return str(error)


def _outcome(exact: Answer | str, found: Answer | str, *, ordered: bool) -> Outcome:
    if isinstance(exact, str):
        return Outcome.BOTH_REFUSE if isinstance(found, str) else Outcome.WE_ANSWER
    if isinstance(found, str):
        return Outcome.WE_REFUSE
    if exact.rows is None or found.rows is None or exact.columns != found.columns:
        return Outcome.DIFFER
    sides = [rows if ordered else sorted(rows, key=str) for rows in (exact.rows, found.rows)]
    same = len(sides[0]) == len(sides[1]) and all(
        all(map(_same, one, other)) for one, other in zip(*sides, strict=True)
    )
    return Outcome.SAME if same else Outcome.DIFFER


def _rows(result: Result) -> list[tuple[Any, ...]]:
    types = [column.type for column in result.columns]
    return [
        tuple(
            _comparable(printed(array[index].as_py(), type_)) for array, type_ in zip(batch.columns, types, strict=True)
        )
        for batch in result.batches
        for index in range(batch.num_rows)
    ]


def _columns(result: Result) -> list[tuple[str, str]]:
    """Names and types; the greatest length of a varchar is Trino's own business."""
    return [(column.name, re.sub(r"^varchar\(\d+\)$", "varchar", column.type)) for column in result.columns]


def _comparable(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and bool(one == other)


def table() -> list[str]:
    """The lines of the table."""
    lines = [f"{'queries':<12}" + "".join(f"{outcome:>27}" for outcome in Outcome)]
    totals: Counter[Outcome] = Counter()
    for group, counts in TABLE.items():
        totals += counts
        lines.append(f"{group:<12}" + "".join(f"{counts[outcome]:>27}" for outcome in Outcome))
    lines.append(f"{'all':<12}" + "".join(f"{totals[outcome]:>27}" for outcome in Outcome))
    return lines
