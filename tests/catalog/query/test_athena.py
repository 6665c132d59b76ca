"""Athena's API as moto keeps it, in this process; what moto does not play is played by a client of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.server import ThreadedMotoServer

from catalog.errors import RetryableError, UsageError
from catalog.profiles.emulator import Emulator
from catalog.profiles.glue import emulated_profile
from catalog.query.athena import Workgroup, query_athena
from catalog.query.result import printed
from tests.stedi import stedi

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = Workgroup("analysts", results="s3://results/", kms_key="arn:aws:kms:us-east-1:123456789012:key/k")


@pytest.fixture
def athena(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("athena", region_name="us-east-1")
        client.create_work_group(Name="analysts")
        yield client


def _queue(
    columns: list[tuple[str, str]], rows: list[list[str | None]], server: str = "http://motoapi.amazonaws.com"
) -> None:
    """What moto answers to the next queries."""
    cells: list[Any] = [[{"VarCharValue": one} if one is not None else {} for one in row] for row in rows]
    header: list[Any] = [{"VarCharValue": name} for name, _ in columns]
    info: list[Any] = [
        {"Name": name, "Type": type_.partition("(")[0], **({"Precision": 5, "Scale": 2} if "(" in type_ else {})}
        for name, type_ in columns
    ]
    answer: dict[str, Any] = {"rows": [{"Data": row} for row in [header, *cells]], "column_info": info}
    requests.post(
        f"{server}/moto-api/static/athena/query-results",
        json={"results": [answer], "region": "us-east-1"},
        timeout=10,
    ).raise_for_status()


def test_what_is_described_has_no_row_of_names(athena: Any) -> None:
    """A text a row, padded, with tabs; the database is named as Athena knows it."""
    for written in ("DESCRIBE trusted.t", "DESCRIBE `trusted`.t; -- all"):
        group = Workgroup("analysts", results="s3://results/", prefix="stedi_")
        client = _Described(athena)
        with query_athena(client, group, written) as result:
            assert [row for batch in result.batches for row in batch.to_pylist()] == [
                {"col_name": "email", "data_type": "string", "comment": "e-mail address"},
                {"col_name": "", "data_type": "", "comment": ""},
            ]
        assert client.text == "DESCRIBE stedi_trusted.t"
    client = _Described(athena)
    with query_athena(client, group, "SHOW TABLES IN trusted 'trusted*'"):
        assert client.text == "SHOW TABLES IN stedi_trusted 'trusted*'"


class _Described:
    """Athena, which answers what it answers to DESCRIBE."""

    def __init__(self, client: Any) -> None:
        self._client, self.text = client, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def start_query_execution(self, **request: Any) -> Any:
        self.text = request["QueryString"]
        return self._client.start_query_execution(**request)

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[Any]:
        info = [{"Name": name, "Type": "varchar"} for name in ("col_name", "data_type", "comment")]
        rows = ["email               \tstring              \te-mail address", ""]
        data = [{"Data": [{"VarCharValue": row}]} for row in rows]
        return [{"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": data}}]


def test_an_answer_comes_back_typed(athena: Any) -> None:
    columns = [("n", "bigint"), ("d", "decimal(5,2)"), ("t", "timestamp with time zone"), ("s", "varchar")]
    columns += [("b", "boolean"), ("f", "float"), ("e", "double"), ("i", "smallint"), ("o", "date"), ("m", "map")]
    given: list[str | None] = [
        "1",
        "1.50",
        "2026-01-01 10:00:00.123 UTC",
        "x",
        "true",
        "0.5",
        "-2.5E300",
        "-7",
        "2026-01-31",
        "{a=1}",
    ]
    _queue(columns, [given, [None] * 10])
    said: list[str] = []
    sql = "SELECT * FROM curated.t WHERE a = ?"
    with query_athena(athena, GROUP, sql, ["'it''s'"], "curated", said.append) as result:
        rows = [tuple(row.values()) for batch in result.batches for row in batch.to_pylist()]
    types = [column.type for column in result.columns]
    assert types[1:3] == ["decimal(5,2)", "timestamp(3) with time zone"]
    assert tuple(printed(value, type_) for value, type_ in zip(rows[0], types, strict=True)) == (
        1,
        "1.50",
        "2026-01-01 10:00:00.123 UTC",
        "x",
        True,
        0.5,
        -2.5e300,
        -7,
        "2026-01-31",
        "{a=1}",
    )
    assert rows[1] == (None,) * 10
    assert "read, about $" in said[-1]
    [query_id] = athena.list_query_executions(WorkGroup="analysts")["QueryExecutionIds"]
    execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
    assert execution["Query"] == sql
    assert execution["QueryExecutionContext"]["Database"] == "curated"
    assert execution["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"


def test_a_workgroup_that_is_not_there_is_a_usage_error(athena: Any) -> None:
    missing = Workgroup("nowhere")
    with pytest.raises(UsageError, match="Athena says"), query_athena(_Refusing(), missing, "SELECT 1"):
        pass


@pytest.mark.parametrize(
    "sql", ["DROP TABLE t", "INSERT INTO t SELECT 1", "SELECT 1; DROP TABLE t", "UNLOAD (SELECT 1) TO 'x'"]
)
def test_nothing_but_a_query_reaches_athena(athena: Any, sql: str) -> None:
    with pytest.raises(UsageError, match=r"only queries|one query"), query_athena(athena, GROUP, sql):
        pass
    assert athena.list_query_executions(WorkGroup="analysts")["QueryExecutionIds"] == []


class _Refusing:
    def start_query_execution(self, **_: Any) -> dict[str, Any]:
        error = {"Error": {"Code": "InvalidRequestException", "Message": "WorkGroup nowhere is not found."}}
        raise ClientError(error, "StartQueryExecution")


class _Played:
    """A client whose query goes through the given states."""

    def __init__(self, *executions: dict[str, Any]) -> None:
        self.executions = list(executions)
        self.requests: list[dict[str, Any]] = []
        self.stopped: list[str] = []

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"QueryExecutionId": "q-1"}

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        execution = self.executions.pop(0)
        if execution.get("interrupt"):
            raise KeyboardInterrupt
        return {"QueryExecution": execution}

    def stop_query_execution(self, **request: Any) -> None:
        self.stopped.append(request["QueryExecutionId"])


def _state(state: str, scanned: int = 0, **status: Any) -> dict[str, Any]:
    return {"Status": {"State": state, **status}, "Statistics": {"DataScannedInBytes": scanned}}


def test_interrupting_cancels_the_query_on_athena() -> None:
    client = _Played(_state("QUEUED"), _state("RUNNING", 12_000_000), {"interrupt": True})
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt), query_athena(client, GROUP, "SELECT 1", say=said.append):
        pass
    assert client.stopped == ["q-1"]
    assert said == ["queued", "running, 12.0 MB read so far", "cancelled q-1"]


def test_failures_are_told_apart() -> None:
    wrong = _state("FAILED", StateChangeReason="COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved")
    with pytest.raises(UsageError, match="Column 'x'"), query_athena(_Played(wrong), GROUP, "SELECT x"):
        pass
    cast = _state("FAILED", StateChangeReason="INVALID_CAST_ARGUMENT: Cannot cast 'ada@example.test' to BIGINT")
    with pytest.raises(UsageError) as caught, query_athena(_Played(cast), GROUP, "SELECT x"):
        pass
    assert "ada" not in str(caught.value)
    busy = _state("FAILED", StateChangeReason="GENERIC: busy", AthenaError={"Retryable": True})
    with pytest.raises(RetryableError), query_athena(_Played(busy), GROUP, "SELECT x"):
        pass


def test_moments_behind_as_of_are_written_and_other_parameters_sent() -> None:
    client = _Played(_state("CANCELLED", StateChangeReason="by the owner"))
    sql = "SELECT * FROM t FOR TIMESTAMP AS OF ? WHERE a = ? AND b = ?"
    parameters = ["TIMESTAMP '2026-01-01 10:00:00 UTC'", "'x'' OR 1=1'", "5"]
    with pytest.raises(UsageError, match="cancelled"), query_athena(client, GROUP, sql, parameters):
        pass
    [request] = client.requests
    assert request["ExecutionParameters"] == ["'x'' OR 1=1'", "5"]
    assert "AS OF  TIMESTAMP '2026-01-01 10:00:00 UTC' " in request["QueryString"]
    assert request["QueryString"].endswith("WHERE a = ? AND b = ?")


def test_tables_are_asked_for_without_the_prefix_of_their_databases() -> None:
    client = _Played(_state("CANCELLED", StateChangeReason="by the owner"))
    sql = "SELECT trusted.email, 'curated.customer_curated' FROM trusted.customer_trusted trusted, "
    sql += 'awsdatacatalog.curated."machine_learning_curated$history", other.t'
    group = Workgroup("analysts", prefix="acme_")
    with pytest.raises(UsageError, match="cancelled"), query_athena(client, group, sql, (), "quality"):
        pass
    [request] = client.requests
    assert request["QueryExecutionContext"]["Database"] == "acme_quality"
    assert request["QueryString"] == (
        "SELECT trusted.email, 'curated.customer_curated' FROM \"acme_trusted\".customer_trusted trusted, "
        'awsdatacatalog."acme_curated"."machine_learning_curated$history", other.t'
    )


def test_cost_is_what_athena_bills() -> None:
    assert GROUP.cost(1024**4) == pytest.approx(5)
    assert GROUP.cost(1) == pytest.approx(10 * 1024**2 / 1024**4 * 5)
    assert GROUP.cost(0) == 0


def test_the_command_asks_athena_over_its_api() -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }
        cells = [{"Data": [{"VarCharValue": "n"}]}, {"Data": [{"VarCharValue": "482"}]}]
        answer = {"rows": cells, "column_info": [{"Name": "n", "Type": "bigint"}]}
        queued: Any = {"results": [answer], "region": "us-east-1"}
        requests.post(f"{url}/moto-api/static/athena/query-results", json=queued, timeout=10).raise_for_status()
        sql = "SELECT count(*) AS n FROM trusted.customer_trusted"
        done = stedi("query", sql, "--engine", "athena", "--results", "s3://results/", "--output", "csv", **settings)
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert done.stdout == "n\n482\n"
    assert "read, about $" in done.stderr


def test_the_command_asks_the_athena_of_the_profile() -> None:
    with Emulator() as emulator:
        lake = emulated_profile(emulator.endpoint)
        lake.prepare()
        athena = lake.client("athena")
        athena.create_work_group(Name=lake.settings.athena_workgroup)
        _queue([("n", "bigint")], [["7"]], emulator.endpoint)
        sql = "SELECT count(*) AS n FROM trusted.customer_trusted"
        asked = ("query", sql, "--engine", "athena", "-o", "json")
        done = stedi("--profile", "emulated", *asked, STEDI_ENDPOINT=emulator.endpoint)
        assert done.returncode == 0, done.stderr
        assert '"rows": [\n    [7]' in done.stdout
        [query_id] = athena.list_query_executions(WorkGroup=lake.settings.athena_workgroup)["QueryExecutionIds"]
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        assert execution["Query"] == sql
        assert execution["ResultConfiguration"]["OutputLocation"].startswith("s3://stedi-athena-results/")
