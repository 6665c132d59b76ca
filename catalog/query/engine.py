"""The embedded engine: a query over a local lake, without a JVM."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.history.withdrawn import refuse_withdrawn
from catalog.machine.workplace import workplace
from catalog.query import aggregates, arithmetic, casts, expressions, text, times
from catalog.query.compiler import Compiler
from catalog.query.macros import connection
from catalog.query.moment import Moment
from catalog.query.queries import compile_query
from catalog.query.reading import read
from catalog.query.recognizer import Reading
from catalog.query.refusal import unsupported
from catalog.query.result import Result, ResultColumn, TableRead
from catalog.query.result import moment as shown
from catalog.query.show import answer_show, parse_show
from catalog.query.statement import parse_query
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from catalog.errors import DamagedFileError
    from catalog.profiles.profile import Profile
    from catalog.query.scan import Scan
    from catalog.query.scope import Output
    from catalog.schema.table_spec import TableSpec

_BATCH_ROWS = 50_000
_ENDS = ((date.min, time.min), (date.max, time.max))
_FAILURES = {
    "OutOfRangeException": "a number is out of the range of its type; CAST to a larger one, such as double",
    "ConversionException": "a value cannot be cast; TRY_CAST gives NULL for those",
    "OutOfMemoryException": "it needs more memory or disk than there is; filter earlier, or name fewer columns",
}
"""What an error of DuckDB means, by its name."""
_UNEXPECTED = "the embedded engine could not compute it, which is a fault of its own; report the query, without values"
# Importing them is what teaches the compiler their kinds of expression.
LANGUAGE = (aggregates, arithmetic, casts, expressions, text, times)


@contextmanager
def query_local(
    profile: Profile,
    sql: str,
    parameters: Sequence[str] = (),
    database: str | None = None,
    as_of: str | None = None,
    spill: Path | None = None,
    *,
    withdrawn: bool = False,
) -> Iterator[Result]:
    """Answer a query; the result can be read inside the block.

    Args:
        profile: the lake.
        sql: one query in Athena's SQL, or SHOW or DESCRIBE.
        parameters: SQL of a constant for each ``?``, as Athena's execution parameters.
        database: the zone of tables that are named without one; else the one zone that has such a table.
        as_of: the moment at which tables are read that have no version in the query: a tag, a UTC time, a snapshot id.
        spill: a folder for what does not fit in memory; else a temporary one, which goes when the block ends.
        withdrawn: also read older snapshots that hold rows of people who do not agree now.

    Raises:
        RefusedQueryError: it is no query, or cannot be answered with Athena's meaning.
        DataRefusedError: an older snapshot holds rows of people who do not agree now. To leave them out would give
            another answer than Athena's.
        UsageError: a table or version is not there, or a value makes the query fail.
    """
    statement = parse_show(sql)
    if statement is not None:
        yield answer_show(statement, Moment(profile, database, as_of))
        return
    query, reading = parse_query(sql, parameters), Reading(sql)
    reading.check_functions()
    moment = Moment(profile, database, as_of)
    compiler = Compiler(moment, datetime.now(UTC))
    compiled, outputs = compile_query(compiler, query)
    reading.check()
    if not withdrawn:
        refuse_withdrawn(profile, _versions(compiler.scans), lambda spec: moment.published(spec.identifier))
    columns = tuple(
        ResultColumn(f"_col{index}" if output.name is None else output.name, str(output.type))
        for index, output in enumerate(outputs)
    )
    with (
        tempfile.TemporaryDirectory(prefix="query_", dir=workplace()) if spill is None else nullcontext(spill) as folder
    ):
        con = connection(Path(folder))
        damage: list[DamagedFileError] = []
        try:
            with _explained(damage):
                for scan in compiler.scans:
                    table = None if scan.rows is not None else moment.table(scan.table)
                    con.register("incoming", read(scan, table, damage))
                    con.execute(f"CREATE TEMP TABLE {scan.alias} AS SELECT * FROM incoming")
                    con.unregister("incoming")
                reader = con.sql(compiled).to_arrow_reader(_BATCH_ROWS)
            schema = _schema(columns, outputs)
            yield Result(
                columns, _typed(reader, schema), tuple(map(_read, compiler.scans)), _notes(moment, compiler.scans)
            )
        finally:
            con.close()


def _versions(scans: Sequence[Scan]) -> list[tuple[TableSpec, int]]:
    """The snapshots that are read."""
    return [(TABLES[scan.table], scan.snapshot_id) for scan in scans if scan.snapshot_id and scan.table in TABLES]


def _notes(moment: Moment, scans: Sequence[Scan]) -> tuple[str, ...]:
    known = moment.coherence()
    tables = [scan for scan in scans if scan.kind is None and scan.rows is None]
    as_now = {scan.table for scan in tables if scan.snapshot_id == known.current(scan.table)}
    notes = known.notes(sorted(as_now))
    if moment.since is not None:
        notes.append(f"a run is publishing; tables are read as they were before it, at {shown(moment.since)}")
    return tuple(notes)


def _read(scan: Scan) -> TableRead:
    return TableRead(f"{scan.table}${scan.kind}" if scan.kind else scan.table, scan.snapshot_id)


def _schema(columns: Sequence[ResultColumn], outputs: Sequence[Output]) -> pa.Schema:
    """Arrow's schema of a result: moments with a zone get theirs back."""
    import pyarrow as pa

    types = [pa.timestamp("us", "UTC") if each.type.name.endswith("zone") else each.type.arrow for each in outputs]
    return pa.schema([pa.field(column.name, type_) for column, type_ in zip(columns, types, strict=True)])


def _typed(reader: pa.RecordBatchReader, schema: pa.Schema) -> pa.RecordBatchReader:
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        with _explained():
            for batch in reader:
                arrays = [
                    _within_calendar(array.cast(field.type)) for array, field in zip(batch.columns, schema, strict=True)
                ]
                yield pa.record_batch(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _within_calendar(values: pa.Array[Any]) -> pa.Array[Any]:
    """The values: of the years 1 to 9999, which is what Python, JSON and spreadsheets know.

    Raises:
        RefusedQueryError: a day or moment among them lies in another year.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ends: list[Any] = [date.min, date.max]
    if pa.types.is_timestamp(values.type):
        ends = [datetime.combine(day, clock, UTC if values.type.tz else None) for day, clock in _ENDS]
    elif not pa.types.is_date(values.type):
        return values
    first, last = (pa.scalar(end, values.type) for end in ends)
    outside = pc.or_(pc.less(values, first), pc.greater(values, last))
    if pc.any(outside).as_py():
        raise unsupported("years before 1 or after 9999")
    return values


@contextmanager
def _explained(damage: Sequence[DamagedFileError] = ()) -> Iterator[None]:
    """DuckDB's errors can quote values, and so personal data: only our own messages and the kind are told.

    Args:
        damage: errors of reading files, of which DuckDB's is a consequence.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if damage:
            raise damage[0] from None
        _, mark, ours = str(error).partition("stedi: ")
        kind = "OutOfMemoryException" if "No space left on device" in str(error) else type(error).__name__
        what = ours.splitlines()[0] if mark else _FAILURES.get(kind, _UNEXPECTED)
        raise UsageError(f"the query failed: {what}") from None
