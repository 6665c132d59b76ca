"""Whatever is raised, wherever: one line, the right exit code, no traceback, and no value of a message."""

from __future__ import annotations

import asyncio
import errno
import importlib
import inspect
import json
import sqlite3
import ssl
import subprocess
import zlib
from email.message import Message
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.error import HTTPError, URLError

import duckdb
import pytest
import typer
from botocore import exceptions as aws
from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyiceberg import exceptions as iceberg
from pyspark.errors import AnalysisException, PySparkRuntimeError
from pyspark.errors.exceptions.captured import CapturedException as SparkException

from catalog.commit.publish import Candidate, publish
from catalog.errors import (
    DamagedLakeError,
    DataRefusedError,
    LakeBusyError,
    MovedError,
    RetryableError,
    StediError,
    UsageError,
)
from catalog.specs import table
from expectations.suites.suite import Check, Suite
from expectations.validation.validate import validate
from jobs.cli import main

if TYPE_CHECKING:
    from catalog.read.snapshot_reader import SnapshotReader

PERSON = "ada@example.test"


def _number(number: int) -> OSError:
    return OSError(number, PERSON)


def _java(text: str) -> Py4JJavaError:
    """An error of the JVM as Py4J brings it."""
    error = Py4JJavaError.__new__(Py4JJavaError)
    name = text.partition(":")[0]
    java = SimpleNamespace(
        getClass=lambda: SimpleNamespace(getName=lambda: name), getMessage=lambda: text, getCause=lambda: None
    )
    error.java_exception = java
    error._origin = None
    return error


def _spark(text: str) -> SparkException:
    """The same as pyspark passes it on."""
    error = SparkException.__new__(SparkException)
    error._origin = _java(f"org.apache.spark.SparkException: {text}").java_exception
    return error


def _caused_by(cause: BaseException) -> RuntimeError:
    error = RuntimeError(PERSON)
    error.__cause__ = cause
    return error


CODES: list[tuple[BaseException, int]] = [
    (DataRefusedError("refused"), 1),
    (UsageError("usage"), 2),
    (RetryableError("again"), 3),
    (MovedError("moved"), 3),
    (LakeBusyError("busy"), 3),
    (DamagedLakeError("damaged"), 4),
    *((_number(number), 3) for number in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)),
    *((_number(number), 3) for number in (errno.EIO, errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT, errno.ECONNREFUSED)),
    *((_number(number), 3) for number in (errno.ECONNRESET, errno.EHOSTUNREACH, errno.ESTALE, errno.EBUSY)),
    *((_number(number), 2) for number in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR)),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "lake/warehouse/x.parquet"), 4),
    (OSError(PERSON), 4),
    (MemoryError(PERSON), 3),
    (TimeoutError(PERSON), 3),
    (ConnectionError(PERSON), 3),
    (ssl.SSLError(PERSON), 3),
    (subprocess.TimeoutExpired("java", 1), 3),
    (URLError(PERSON), 3),
    (HTTPError("https://x.test", 503, PERSON, Message(), None), 3),
    (KeyboardInterrupt(), 130),
    (EOFError(PERSON), 4),
    (zlib.error(PERSON), 4),
    (UnicodeDecodeError("utf-8", b"x", 0, 1, PERSON), 4),
    (RecursionError(PERSON), 4),
    (ValueError(PERSON), 4),
    (AssertionError(PERSON), 4),
    (asyncio.CancelledError(PERSON), 4),
    (sqlite3.OperationalError("database is locked"), 3),
    (sqlite3.OperationalError("database or disk is full"), 3),
    (sqlite3.OperationalError("attempt to write a readonly database"), 2),
    (sqlite3.DatabaseError("database disk image is malformed"), 4),
    (duckdb.OutOfMemoryException(PERSON), 3),
    (duckdb.IOException('Could not write file "x": No space left on device'), 3),
    (duckdb.InterruptException(PERSON), 130),
    (duckdb.BinderException(PERSON), 4),
    (iceberg.CommitFailedException(PERSON), 3),
    (iceberg.CommitStateUnknownException(PERSON), 3),
    (iceberg.ServiceUnavailableError(PERSON), 3),
    (iceberg.ForbiddenError(PERSON), 2),
    (iceberg.NoSuchTableError(PERSON), 4),
    (aws.NoCredentialsError(), 2),
    (aws.PartialCredentialsError(provider="env", cred_var="x"), 2),
    (aws.EndpointConnectionError(endpoint_url="x"), 3),
    (aws.ReadTimeoutError(endpoint_url="x"), 3),
    (aws.ConnectionClosedError(endpoint_url="x"), 3),
    (aws.UnauthorizedSSOTokenError(), 3),
    (Py4JNetworkError(PERSON), 3),
    (Py4JError("Answer from Java side is empty"), 3),
    (_java("java.lang.OutOfMemoryError: Java heap space"), 3),
    (_java("java.io.IOException: No space left on device"), 3),
    (_java("org.sqlite.SQLiteException: [SQLITE_BUSY] The database file is locked"), 3),
    (_java("org.apache.iceberg.exceptions.CommitFailedException: moved"), 3),
    (_java(f"org.apache.spark.SparkException: {PERSON}"), 4),
    (AnalysisException(PERSON), 4),
    (PySparkRuntimeError("[JAVA_GATEWAY_EXITED] Java gateway process exited before sending its port number."), 2),
    (typer.Abort(), 130),
    (typer.BadParameter("no such moment"), 2),
    (_caused_by(MemoryError()), 3),
    (ExceptionGroup(PERSON, [ValueError(PERSON), _number(errno.ENOSPC)]), 3),
]
_LIBRARIES = """
botocore.exceptions pyarrow.lib pyiceberg.exceptions duckdb py4j.protocol pyspark.errors sqlglot.errors
great_expectations.exceptions typer.exceptions typer._click.exceptions sqlalchemy.exc filelock jinja2.exceptions
concurrent.futures json zlib gzip csv struct sqlite3 ssl socket shutil pickle subprocess threading
http.client urllib.error zipfile tarfile decimal configparser
"""


def _classes(module: str) -> list[type[BaseException]]:
    """Every exception of a module that can be made of nothing."""
    found = [each for each in vars(importlib.import_module(module)).values() if inspect.isclass(each)]
    others = (SystemExit, typer.Exit, BaseExceptionGroup, HTTPError)
    errors = [each for each in found if issubclass(each, BaseException) and not issubclass(each, others)]
    return sorted(set(errors), key=lambda each: each.__qualname__)


def _ended(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, str, str]:
    """What ``stedi status`` ends with where its body raises the error: exit code, standard output and error."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.delenv("STEDI_TRACEBACK", raising=False)
    monkeypatch.setattr("catalog.history.status.lake_status", fail)
    with pytest.raises(SystemExit) as ended:
        main(["status", *options])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


@pytest.mark.parametrize(("error", "code"), CODES, ids=lambda value: type(value).__name__)
def test_an_error_has_its_exit_code_and_one_line(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, out, err = _ended(error, monkeypatch, capsys)
    assert (ended, out) == (code, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("stedi: ")
    assert PERSON not in err
    ended, out, err = _ended(error, monkeypatch, capsys, "--output", "json")
    assert (ended, err) == (code, "")
    assert json.loads(out)["error"]["exitCode"] == code
    assert PERSON not in out


@pytest.mark.parametrize("module", ["builtins", *_LIBRARIES.split()])
def test_no_class_of_error_ends_as_refused_data_or_with_a_traceback(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = _classes(module)
    assert kinds
    for kind in kinds:
        # As raised by nobody: some of these need much to be made, and then say much.
        ended, out, err = _ended(kind.__new__(kind), monkeypatch, capsys)
        assert ended in (2, 3, 4, 130), kind
        assert out == "", kind
        assert len(err.splitlines()) == 1, kind
        assert err.startswith("stedi: "), kind


def test_an_option_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["run", "--accept", "--output", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["error"]["kind"] == "UsageError"
    assert "stedi run --help" in document["error"]["message"]


SUITE = Suite("trusted.customer_trusted", ("SELECT 1 AS n",), (Check("c", "shape", "s", "n"),))


def _fact(error: Exception) -> Any:
    def one_row(_: str) -> dict[str, int | None]:
        raise error

    columns = dict.fromkeys(table(SUITE.table).column_names, "VARCHAR")
    reader = cast("SnapshotReader", SimpleNamespace(one_row=one_row, columns=lambda _: columns))
    return validate(reader, SUITE, {"customer_trusted": "x"}, run_id="r", snapshot_id=1)


@pytest.mark.parametrize(
    ("error", "family", "word"),
    [
        (duckdb.OutOfMemoryException(PERSON), RetryableError, "memory"),
        (duckdb.OutOfMemoryException(f"{PERSON}: failed to offload data block"), RetryableError, "TMPDIR"),
        (duckdb.InvalidInputException(f"Python exception: MemoryError: {PERSON}"), RetryableError, "memory"),
        (MemoryError(PERSON), RetryableError, "memory"),
        (_java("java.lang.OutOfMemoryError: Java heap space"), RetryableError, "memory"),
        (_java("org.apache.spark.memory.SparkOutOfMemoryError: [UNABLE_TO_ACQUIRE_MEMORY]"), RetryableError, "memory"),
        (_java("java.io.IOException: No space left on device"), RetryableError, "disk"),
        (_java("org.apache.spark.SparkException: ExecutorLostFailure (executor 1 exited)"), RetryableError, "memory"),
        (_spark("Not enough memory to build and broadcast the table"), RetryableError, "memory"),
        (duckdb.IOException("No space left on device"), RetryableError, "disk"),
        (_number(errno.ENOSPC), RetryableError, "disk"),
        (_number(errno.EMFILE), RetryableError, "files"),
        (_number(errno.EROFS), UsageError, "read"),
        (DamagedLakeError("no such snapshot"), DamagedLakeError, "snapshot"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or type(value).__name__,
)
def test_in_the_fact_of_a_suite_the_machine_is_not_taken_for_the_data(
    error: Exception, family: type[StediError], word: str
) -> None:
    with pytest.raises(family, match=word) as raised:
        _fact(error)
    assert PERSON not in str(raised.value)


@pytest.mark.parametrize("error", [duckdb.BinderException(PERSON), ValueError(PERSON), KeyError(PERSON)])
def test_a_fact_that_cannot_be_computed_otherwise_refuses(error: Exception) -> None:
    verdict = _fact(error)
    assert not verdict.success
    assert PERSON not in verdict.told("refused")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (iceberg.CommitFailedException(PERSON), MovedError),
        (iceberg.CommitStateUnknownException(PERSON), RetryableError),
        (sqlite3.OperationalError("database is locked"), RetryableError),
        (sqlite3.OperationalError("attempt to write a readonly database"), UsageError),
        (sqlite3.DatabaseError("database disk image is malformed"), DamagedLakeError),
        (_number(errno.ENOSPC), RetryableError),
        (MemoryError(PERSON), RetryableError),
        (iceberg.NoSuchTableError(PERSON), DamagedLakeError),
        (KeyError(PERSON), KeyError),
    ],
    ids=lambda value: getattr(value, "__name__", None) or type(value).__name__,
)
def test_a_publish_that_fails_says_who_is_to_blame(error: Exception, family: type[Exception]) -> None:
    class Failing:
        def table(self, *_: object) -> None:
            raise error

    with pytest.raises(family) as raised:
        publish(cast("Any", Failing()), Candidate(table("trusted.customer_trusted"), "audit_x", 1))
    assert type(raised.value) is family
