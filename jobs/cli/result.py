"""Printing the answer to a query: a table for people, JSON, CSV and Parquet for programs, as a stream."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

from catalog.errors import UsageError
from jobs.cli.output import Output, OutputFormat
from jobs.cli.query import ResultFormat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.query.result import Result


def print_result(result: Result, output: ResultFormat, to: Path | None, max_rows: int) -> None:
    """Print the answer, or write it to a file.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if output is ResultFormat.PARQUET and to is not None:
            _write_parquet(result, to)
        elif output is ResultFormat.TEXT and to is None:
            _print_table(result, max_rows)
        else:
            with _sink(to) as sink:
                if output is ResultFormat.JSON:
                    _write_json(result, sink)
                else:
                    _write_csv(result, sink)
    except OSError as error:
        raise UsageError(f"{to or 'standard output'} cannot be written: {error.strerror}") from error


def print_queries(*, json_wanted: bool) -> None:
    """Print the named queries, what they answer and their parameters."""
    from catalog.queries import named_queries

    queries = named_queries()
    out = Output(OutputFormat.JSON if json_wanted else OutputFormat.TEXT)
    out.table(
        "",
        ["name", "answers", "parameters"],
        [(one.name, one.answers, "\n".join(map(str, one.parameters))) for one in queries],
    )
    documents = [
        {"name": one.name, "answers": one.answers, "parameters": [vars(each) for each in one.parameters]}
        for one in queries
    ]
    out.result({"queries": documents}, 'Ask one with: stedi query --name NAME --param NAME="VALUE"')


def rows(result: Result) -> Iterator[list[Any]]:
    """The rows as Python values; moments, days and decimals as Athena prints them."""
    from catalog.query.result import printed

    for batch in result.batches:
        columns = [
            [printed(value, column.type) for value in array.to_pylist()]
            for array, column in zip(batch.columns, result.columns, strict=True)
        ]
        for row in zip(*columns, strict=True):
            yield list(row)


@contextmanager
def _sink(to: Path | None) -> Iterator[TextIO]:
    if to is None:
        yield sys.stdout
        return
    with to.open("w", encoding="utf-8", newline="") as file:
        yield file


def _print_table(result: Result, max_rows: int) -> None:
    out = Output(OutputFormat.TEXT)
    found = rows(result)
    shown = [["NULL" if value is None else value for value in row] for row in islice(found, max_rows)]
    more = sum(1 for _ in found)
    out.table("", [column.name for column in result.columns], [[_cell(value) for value in row] for row in shown])
    notes = [f"{len(shown) + more:,} rows"]
    if more:
        notes = [f"the first {len(shown):,} of {notes[0]}; all of them with --output csv, or more with --max-rows"]
    notes += result.notes
    out.result({}, "\n".join(notes))


def _cell(value: Any) -> Any:
    """Whole numbers stay plain: a thousands separator would spoil ids and epochs for copying."""
    return value if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _write_csv(result: Result, sink: TextIO) -> None:
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    writer.writerows(["" if value is None else _csv(value) for value in row] for row in rows(result))


def _csv(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _write_json(result: Result, sink: TextIO) -> None:
    """One document, written row by row: ``rows`` holds arrays in the order of ``columns``."""
    head = {
        "columns": [{"name": column.name, "type": column.type} for column in result.columns],
        "read": [{"table": one.table, "snapshot": one.snapshot_id} for one in result.read],
        "notes": list(result.notes),
    }
    sink.write(json.dumps(head, indent=2)[:-2] + ',\n  "rows": [')
    separator = "\n    "
    for row in rows(result):
        sink.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n    "
    sink.write("\n  ]\n}\n")


def _write_parquet(result: Result, to: Path) -> None:
    from collections import Counter

    import pyarrow.parquet as pq

    repeated = [name for name, times in Counter(column.name for column in result.columns).items() if times > 1]
    if repeated:
        raise UsageError(f"Parquet needs column names that differ: {', '.join(repeated)} repeats; name them with AS")
    with pq.ParquetWriter(to, result.batches.schema, compression="zstd") as writer:
        for batch in result.batches:
            writer.write_batch(batch)
