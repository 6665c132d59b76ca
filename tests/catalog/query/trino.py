"""A real Trino's answer to a query, which goes to it as it is written."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.profiles.profile import CATALOG
from catalog.query.result import Result, ResultColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

_BATCH_ROWS = 10_000
_WORKER_SECONDS = 60


def ask(port: int, sql: str) -> Result:
    """The answer of the Trino at that port.

    Raises:
        UsageError: it refuses the query, or the query fails.
    """
    from trino import dbapi
    from trino.exceptions import TrinoQueryError

    connect: Any = dbapi.connect  # Trino's client declares no types

    connection = connect(host="127.0.0.1", port=port, user="stedi", catalog=CATALOG, timezone="UTC", max_attempts=1)
    cursor = connection.cursor()
    try:
        first = _first_rows(cursor, sql.rstrip().rstrip(";"))
    except TrinoQueryError as error:
        raise _failure(error) from None
    columns = tuple(ResultColumn(one.name, str(one.type_code).replace(", ", ",")) for one in cursor.description)
    return Result(columns, _reader(cursor, first, columns))


def _first_rows(cursor: Any, sql: str) -> list[Any]:
    """The first rows; a Trino that has just started can plan queries before it knows that it is a worker, too."""
    from trino.exceptions import TrinoQueryError

    deadline = time.monotonic() + _WORKER_SECONDS
    while True:
        try:
            cursor.execute(sql)
            rows: list[Any] = cursor.fetchmany(_BATCH_ROWS)
        except TrinoQueryError as error:
            if error.error_name != "NO_NODES_AVAILABLE" or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return rows


def _failure(error: Any) -> UsageError:
    """Trino's messages about values can quote them: those are told by name only."""
    about_query = error.error_type == "USER_ERROR" and error.error_name not in {"INVALID_CAST_ARGUMENT"}
    return UsageError(f"Trino says {error.error_name}" + (f": {error.message}" if about_query else ""))


def _reader(cursor: Any, first: list[Any], columns: Sequence[ResultColumn]) -> pa.RecordBatchReader:
    import pyarrow as pa

    schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])

    def batches() -> Iterator[pa.RecordBatch]:
        rows = first
        while rows:
            columns_of_values = list(zip(*rows, strict=True))
            arrays = [
                pa.array([_value(value, field.type) for value in values], field.type)
                for values, field in zip(columns_of_values, schema, strict=True)
            ]
            yield pa.record_batch(arrays, schema=schema)
            rows = cursor.fetchmany(_BATCH_ROWS)

    return pa.RecordBatchReader.from_batches(schema, batches())


def arrow_type(type_: str) -> pa.DataType:
    """Arrow's type for one of Trino's, by name; text for those that are not of one value."""
    import pyarrow as pa

    simple: dict[str, pa.DataType] = {
        "boolean": pa.bool_(),
        "tinyint": pa.int8(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "double": pa.float64(),
        "date": pa.date32(),
        "map(varchar,varchar)": pa.map_(pa.string(), pa.string()),
    }
    if type_.startswith("decimal"):
        precision, scale = type_.partition("(")[2].rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    if type_.startswith("timestamp"):
        return pa.timestamp("us", "UTC" if type_.endswith("with time zone") else None)
    return simple.get(type_, pa.string())


def _value(value: Any, type_: pa.DataType) -> Any:
    import pyarrow as pa

    if pa.types.is_map(type_) and value is not None:
        return list(value.items())
    if pa.types.is_string(type_) and value is not None and not isinstance(value, str):
        return json.dumps(value, default=str)
    return value
