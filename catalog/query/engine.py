"""The embedded engine: a query over a local lake, without a JVM."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.query import aggregates, arithmetic, casts, expressions, text, times
from catalog.query.compiler import Compiler
from catalog.query.macros import connection
from catalog.query.moment import Moment
from catalog.query.queries import compile_query
from catalog.query.reading import arrow_type, read
from catalog.query.result import Result, ResultColumn, TableRead
from catalog.query.result import moment as shown
from catalog.query.statement import parse_query
from catalog.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from catalog.profile import Profile
    from catalog.query.scan import Scan

_BATCH_ROWS = 50_000
# Importing them is what teaches the compiler their kinds of expression.
LANGUAGE = (aggregates, arithmetic, casts, expressions, text, times)


@contextmanager
def query_local(
    profile: Profile, sql: str, parameters: Sequence[str] = (), database: str | None = None
) -> Iterator[Result]:
    """Answer a query; the result can be read inside the block.

    Args:
        profile: the lake.
        sql: one query in Athena's SQL.
        parameters: SQL of a constant for each ``?``, as Athena's execution parameters.
        database: the zone of tables that are named without one.

    Raises:
        RefusedQueryError: it is no query, or cannot be answered with Athena's meaning.
        UsageError: a table or version is not there, or a value makes the query fail.
    """
    query = parse_query(sql, parameters)
    moment = Moment(profile, database)
    compiler = Compiler(moment, datetime.now(UTC))
    statement, outputs = compile_query(compiler, query)
    columns = tuple(
        ResultColumn(f"_col{index}" if output.name is None else output.name, str(output.type))
        for index, output in enumerate(outputs)
    )
    with tempfile.TemporaryDirectory(prefix="query_", dir=workplace()) as spill:
        con = connection(Path(spill))
        try:
            with _explained():
                for scan in compiler.scans:
                    con.register("incoming", read(scan, moment.table(scan.table)))
                    con.execute(f"CREATE TEMP TABLE {scan.alias} AS SELECT * FROM incoming")
                    con.unregister("incoming")
                reader = con.sql(statement).to_arrow_reader(_BATCH_ROWS)
            schema = _schema(columns, [arrow_type(output.type) for output in outputs])
            yield Result(
                columns, _typed(reader, schema), tuple(map(_read, compiler.scans)), _notes(moment, compiler.scans)
            )
        finally:
            con.close()


def _notes(moment: Moment, scans: Sequence[Scan]) -> tuple[str, ...]:
    known = moment.coherence()
    as_now = {scan.table for scan in scans if scan.kind is None and scan.snapshot_id == known.current(scan.table)}
    notes = known.notes(sorted(as_now))
    if moment.since is not None:
        notes.append(f"a run is publishing: tables are read as they were before it, at {shown(moment.since)}")
    return tuple(notes)


def _read(scan: Scan) -> TableRead:
    return TableRead(f"{scan.table}${scan.kind}" if scan.kind else scan.table, scan.snapshot_id)


def _schema(columns: Sequence[ResultColumn], types: Sequence[pa.DataType]) -> pa.Schema:
    """Arrow's schema of a result: moments with a zone get theirs back."""
    import pyarrow as pa

    fields = []
    for column, type_ in zip(columns, types, strict=True):
        zoned = pa.timestamp("us", "UTC") if column.type.endswith("with time zone") else type_
        fields.append(pa.field(column.name, zoned))
    return pa.schema(fields)


def _typed(reader: pa.RecordBatchReader, schema: pa.Schema) -> pa.RecordBatchReader:
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        with _explained():
            for batch in reader:
                arrays = [array.cast(field.type) for array, field in zip(batch.columns, schema, strict=True)]
                yield pa.record_batch(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


@contextmanager
def _explained() -> Iterator[None]:
    """DuckDB's errors can quote values, and so personal data: only our own messages and the kind are told."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        _, mark, ours = str(error).partition("stedi: ")
        what = ours.splitlines()[0] if mark else f"DuckDB says {type(error).__name__}"
        raise UsageError(f"the query failed: {what}") from None
