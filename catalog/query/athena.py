"""Athena itself: starts a query in a workgroup, waits for it, tells what it read and cost, and reads the answer."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from catalog.errors import RetryableError, UsageError
from catalog.profiles.glue import GlueProfile, aws_profile
from catalog.profiles.settings import load_settings
from catalog.query.result import Result, ResultColumn
from catalog.query.show import parse_show
from catalog.query.statement import check_reads_only, with_prefix, with_versions_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from catalog.profiles.profile import Profile

_TERABYTE = 1024**4
_LEAST_BYTES = 10 * 1024**2
_POLL_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
_RETRYABLE = {"ThrottlingException", "TooManyRequestsException", "InternalServerException"}


@dataclass(frozen=True)
class Workgroup:
    """Where queries run.

    Attributes:
        name: the workgroup; its own settings (limit of bytes, encryption, place of results) come before these.
        catalog: the data catalog; Glue's is ``AwsDataCatalog``.
        results: S3 address for results, where the workgroup does not set one.
        kms_key: ARN of the key that results are encrypted with; without one S3's own encryption is asked for.
        price: US dollars for a terabyte read, as Athena bills in most regions; ten megabytes at least.
        prefix: what the names of the zones' databases begin with; the lake's tables are asked for without it.
    """

    name: str
    catalog: str = "AwsDataCatalog"
    results: str | None = None
    kms_key: str | None = None
    price: float = 5.0
    prefix: str = ""

    def cost(self, scanned: int) -> float:
        """US dollars for a query that read so many bytes."""
        return max(scanned, _LEAST_BYTES) / _TERABYTE * self.price if scanned else 0.0


def athena_of(profile: Profile, workgroup: str | None, results: str | None) -> tuple[Any, Workgroup]:
    """boto3's client of Athena, and the workgroup: the one that is named, else the lake's own.

    A local lake has none: where it is in use, AWS's own settings are taken alone, as for any query on Athena.

    Raises:
        UsageError: AWS is not set up on this machine.
    """
    lake = profile if isinstance(profile, GlueProfile) else aws_profile(load_settings())
    bucket = lake.settings.athena_results_bucket
    named = workgroup or lake.settings.athena_workgroup or "primary"
    place = results or (f"s3://{bucket}/" if bucket else None)
    return lake.client("athena"), Workgroup(named, results=place, prefix=lake.settings.database_prefix)


@contextmanager
def query_athena(
    client: Any,
    workgroup: Workgroup,
    sql: str,
    parameters: Sequence[str] = (),
    database: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Result]:
    """Answer a query on Athena; Ctrl-C, like any other end of waiting, cancels it there.

    Args:
        client: boto3's client of Athena.
        workgroup: where it runs.
        sql: one query.
        parameters: SQL of a constant for each ``?``: sent as execution parameters. Athena takes none behind AS OF:
            there they are written into the text.
        database: the one of tables that are named without.
        say: is told of the state, and at the end of bytes and cost.

    Raises:
        UsageError: it is no query, or Athena says that it is wrong.
        RetryableError: Athena is busy, or the query failed for no reason of its own.
    """
    text, rest = with_versions_bound(with_prefix(check_reads_only(sql), workgroup.prefix), parameters)
    query_id = _start(client, workgroup, text, rest, database and workgroup.prefix + database)
    done = False
    try:
        execution = _wait(client, query_id, say)
        done = True
    finally:
        if not done:
            client.stop_query_execution(QueryExecutionId=query_id)
            say(f"cancelled {query_id}")
    scanned = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
    note = f"{_size(scanned)} read, about ${workgroup.cost(scanned):.4f}; query {query_id}"
    say(note)
    yield _result(client, query_id, note, header=parse_show(sql) is None)


def _start(client: Any, workgroup: Workgroup, sql: str, parameters: list[str], database: str | None) -> str:
    encryption = {"EncryptionOption": "SSE_S3"}
    if workgroup.kms_key:
        encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": workgroup.kms_key}
    request: dict[str, Any] = {
        "QueryString": sql,
        "WorkGroup": workgroup.name,
        "QueryExecutionContext": {"Catalog": workgroup.catalog} | ({"Database": database} if database else {}),
    }
    if workgroup.results:
        request["ResultConfiguration"] = {"OutputLocation": workgroup.results, "EncryptionConfiguration": encryption}
    if parameters:
        request["ExecutionParameters"] = parameters
    return str(_called(client.start_query_execution, **request)["QueryExecutionId"])


def _called(operation: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**request)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        message = error.response.get("Error", {}).get("Message", "")
        family = RetryableError if code in _RETRYABLE else UsageError
        raise family(f"Athena says {code}: {message}") from error
    except BotoCoreError as error:
        raise RetryableError(f"Athena cannot be reached: {type(error).__name__}") from error


def _wait(client: Any, query_id: str, say: Callable[[str], None]) -> dict[str, Any]:
    told, polls = "", 0
    while True:
        answer = _called(client.get_query_execution, QueryExecutionId=query_id)
        execution: dict[str, Any] = answer["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return execution
        if state in {"FAILED", "CANCELLED"}:
            raise _failure(execution, state)
        scanned = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
        line = f"{state.lower()}, {_size(scanned)} read so far" if scanned else state.lower()
        if line != told:
            say(line)
            told = line
        time.sleep(_POLL_SECONDS[min(polls, len(_POLL_SECONDS) - 1)])
        polls += 1


def _failure(execution: dict[str, Any], state: str) -> UsageError | RetryableError:
    """Athena's own words for what is wrong with a query; a value that cannot be cast would be quoted in them."""
    status = execution["Status"]
    reason = status.get("StateChangeReason", "no reason given")
    name = reason.partition(":")[0]
    if state == "CANCELLED":
        return UsageError(f"the query was cancelled on Athena: {reason}")
    if status.get("AthenaError", {}).get("Retryable"):
        return RetryableError(f"Athena failed ({name}); run again")
    return UsageError(f"Athena says {name if 'INVALID_CAST_ARGUMENT' in reason else reason}")


def _result(client: Any, query_id: str, note: str, *, header: bool = True) -> Result:
    """The answer; only that of a query begins with a row of names."""
    pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    iterator = iter(pages)
    first = next(iterator)["ResultSet"]
    columns = tuple(
        ResultColumn(one["Name"], _type(one)) for one in first.get("ResultSetMetadata", {}).get("ColumnInfo", [])
    )
    if header:
        first["Rows"] = first["Rows"][1:]
    return Result(columns, _reader(first, iterator, columns), notes=(note,))


def _type(column: dict[str, Any]) -> str:
    """The type as Trino writes it."""
    name = str(column["Type"])
    if name == "decimal":
        return f"decimal({column.get('Precision', 38)},{column.get('Scale', 0)})"
    return name.replace("timestamp", "timestamp(3)", 1) if name.startswith("timestamp") else name


def _reader(first: dict[str, Any], pages: Iterator[Any], columns: Sequence[ResultColumn]) -> pa.RecordBatchReader:
    import pyarrow as pa

    schema = pa.schema([pa.field(column.name, _arrow_type(column.type)) for column in columns])

    def batches() -> Iterator[pa.RecordBatch]:
        rows = first["Rows"]
        while True:
            cells = [_cells(row["Data"], len(columns)) for row in rows]
            values = [[_value(row[i], columns[i].type) for row in cells] for i in range(len(columns))]
            arrays = [pa.array(one, field.type) for one, field in zip(values, schema, strict=True)]
            yield pa.record_batch(arrays, schema=schema)
            page = next(pages, None)
            if page is None:
                return
            rows = page["ResultSet"]["Rows"]

    return pa.RecordBatchReader.from_batches(schema, batches())


def _cells(data: list[dict[str, str]], columns: int) -> list[dict[str, str]]:
    """The cells of a row; DESCRIBE answers with one text, padded, and tabs between the columns."""
    if len(data) == columns:
        return data
    written = [text.strip() for text in data[0].get("VarCharValue", "").split("\t")] if data else []
    return [{"VarCharValue": text} for text in (written + [""] * columns)[:columns]]


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written.removesuffix(" UTC"))
    return moment.replace(tzinfo=UTC) if written.endswith(" UTC") else moment


# For each type, how a value is read from the text that Athena gives, and Arrow's name of it; others stay text.
_TYPES: dict[str, tuple[Callable[[str], Any], str]] = {
    "tinyint": (int, "int8"),
    "smallint": (int, "int16"),
    "integer": (int, "int32"),
    "bigint": (int, "int64"),
    **dict.fromkeys(("float", "real"), (float, "float32")),
    "double": (float, "float64"),
    "decimal": (Decimal, "decimal128"),
    "boolean": ("true".__eq__, "bool_"),
    "date": (date.fromisoformat, "date32"),
    "timestamp": (_moment, "timestamp"),
}


def _read_as(type_: str) -> tuple[Callable[[str], Any], str]:
    return _TYPES.get(type_.partition("(")[0], (str, "string"))


def _arrow_type(type_: str) -> pa.DataType:
    import pyarrow as pa

    if type_.startswith("decimal"):
        return pa.decimal128(*map(int, re.findall(r"\d+", type_)))
    if type_.startswith("timestamp"):
        return pa.timestamp("us", "UTC" if type_.endswith("with time zone") else None)
    plain: pa.DataType = getattr(pa, _read_as(type_)[1])()
    return plain


def _value(cell: dict[str, str], type_: str) -> Any:
    written = cell.get("VarCharValue")
    if written is None:
        return None
    return _read_as(type_)[0](written)


def _size(scanned: int) -> str:
    size, unit = float(scanned), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:  # noqa: PLR2004 - a thousand of one unit is one of the next
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
