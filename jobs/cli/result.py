"""Print the answer to a query as a stream: a table for people; JSON, CSV and Parquet for programs."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from catalog.errors import UsageError
from catalog.plural import counted
from jobs.cli.csv_rows import csv_cells
from jobs.cli.options import ResultFormat
from jobs.cli.output import Output, OutputFormat
from jobs.cli.pipe import reader_left
from jobs.cli.text_table import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from catalog.query.result import Result, ResultColumn

_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "real", "double", "float", "decimal")


@dataclass(frozen=True)
class Form:
    """How to print an answer.

    Attributes:
        output: the format.
        to: the file that it is written to; None: standard output.
        max_rows: rows that are shown as text.
        raw: whether CSV cells stay as they are, formulas of spreadsheets among them.
    """

    output: ResultFormat
    to: Path | None = None
    max_rows: int = 100
    raw: bool = False


def print_result(result: Result, form: Form) -> None:
    """Print the answer, or write it to a file; stop once the reader has closed standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if form.output is ResultFormat.PARQUET and form.to is not None:
            _write_parquet(result, form.to)
            return
        with _sink(form.to) as sink:
            if form.output is ResultFormat.TEXT and form.to is None:
                _write_table(result, sink, form)
            elif form.output is ResultFormat.JSON:
                _write_json(result, sink)
            else:
                _write_csv(result, sink, raw=form.raw)
    except OSError as error:
        raise UsageError(f"{form.to or 'standard output'} cannot be written: {error.strerror}") from error


def print_queries(*, json_wanted: bool) -> None:
    """Print the named queries with their descriptions and parameters."""
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
    out.result({"queries": documents}, 'Run one with: stedi query --name NAME --param NAME="VALUE"')


def rows(result: Result) -> Iterator[list[Any]]:
    """The rows as Python values; times, dates and decimals as Athena prints them."""
    from catalog.query.result import printed

    for batch in _read(result):
        columns = [
            [printed(value, column.type) for value in array.to_pylist()]
            for array, column in zip(batch.columns, result.columns, strict=True)
        ]
        for row in zip(*columns, strict=True):
            yield list(row)


def _read(result: Result) -> Iterator[pa.RecordBatch]:
    """The batches, until the reader of the output has closed it."""
    for batch in result.batches:
        if reader_left():
            return
        yield batch


def _texts(batch: pa.RecordBatch, columns: Sequence[ResultColumn]) -> list[list[str | None]]:
    """The cells of each column as text, converted column by column, which is fast for many rows."""
    from catalog.query.result import printed

    return [
        [None if value is None else _text(printed(value, column.type)) for value in array.to_pylist()]
        for array, column in zip(batch.columns, columns, strict=True)
    ]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


@contextmanager
def _sink(to: Path | None) -> Iterator[TextIO]:
    if to is None:
        yield sys.stdout
        return
    with to.open("w", encoding="utf-8", newline="") as file:
        yield file


def _write_table(result: Result, sink: TextIO, form: Form) -> None:
    columns: list[list[str]] = [[] for _ in result.columns]
    count = 0
    for batch in _read(result):
        first = batch.slice(0, max(0, form.max_rows - count))
        count += batch.num_rows
        for column, cells in zip(columns, _texts(first, result.columns), strict=True):
            column.extend("NULL" if cell is None else cell for cell in cells)
    names, numeric = [column.name for column in result.columns], [_is_number(column) for column in result.columns]
    sink.writelines(f"{line}\n" for line in lines_of(names, columns, numeric, _terminal_width(sink)))
    sink.write("\n".join([_counted(min(count, form.max_rows), count), *result.notes]) + "\n")


def _counted(shown: int, count: int) -> str:
    if shown < count:
        return f"the first {shown:,} of {count:,} rows; for all of them --output csv, for more --max-rows"
    return counted(count, "row")


def _is_number(column: ResultColumn) -> bool:
    return column.type.startswith(_NUMBERS)


def _terminal_width(sink: TextIO) -> int | None:
    """Width of the terminal; None for a pipe or a file."""
    return shutil.get_terminal_size().columns if sink.isatty() else None


def _write_csv(result: Result, sink: TextIO, *, raw: bool) -> None:
    names = csv_cells([column.name for column in result.columns], guarded=not raw)
    sink.write(",".join(names) + "\n")
    # Numbers and times are no formulas, whatever they begin with.
    guarded = [not raw and not _is_number(column) for column in result.columns]
    for batch in _read(result):
        cells = [
            csv_cells(column, guarded=guard)
            for column, guard in zip(_texts(batch, result.columns), guarded, strict=True)
        ]
        sink.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))


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
    with pq.ParquetWriter(to, result.batches.schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in result.batches:
            writer.write_batch(batch)
