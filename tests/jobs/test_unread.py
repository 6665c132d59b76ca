"""Files that cannot be read, or change meanwhile: what becomes of them, and that the others are read."""

from __future__ import annotations

import errno
import gzip
import json
import os
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from catalog.drop.listing import list_drop, open_delivered
from catalog.engine.workers import LocalWorkers
from catalog.errors import RetryableError
from catalog.specs.landing import DELIVERED_FILE
from jobs import ingest_landing
from jobs.ingest_landing import ledger, refused_rows
from jobs.reader.unread import UnreadFile, note_unread
from jobs.run.discover import Deliveries, new_deliveries
from jobs.run.ingest import _arrival
from jobs.run.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.read.snapshot_reader import SnapshotReader

WORKERS = LocalWorkers(1)
ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


class _Ledger:
    """A ledger that holds what runs entered."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def relation(self, *_: object) -> str:
        return "ledger"

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        if "max(ingestedAt)" in statement:
            return [(max((_micros(row["ingestedAt"]) for row in self.rows), default=None),)]
        names = ("source", "sourceFile", "bytes", "modifiedAt", "sourceFileSha256")
        return [tuple(_micros(row[name]) if name == "modifiedAt" else row[name] for name in names) for row in self.rows]

    def look(self, drop: Path) -> Deliveries:
        """What a run finds new; it enters that."""
        new = new_deliveries(WORKERS, cast("SnapshotReader", self), list_drop(drop), None)
        self.rows += ledger(new.files, new.refused, lambda *_: 0, ARRIVED)
        return new


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """Two readable files of one source, and a folder of each."""
    for name in ("a", "b"):
        _reading(tmp_path / "accelerometer" / "landing" / f"{name}.json", name)
    for source in ("customer", "step_trainer"):
        (tmp_path / source).mkdir()
    return tmp_path


def _reading(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"user": f"{name}@x.test", "timestamp": 1_704_067_200_000, "x": 1.0, "y": 0.0, "z": 0.0}
    path.write_text(json.dumps(record), encoding="utf-8")


def _names(new: Deliveries) -> list[str]:
    return [Path(each.file.name).name for each in new.files]


def _failing(monkeypatch: pytest.MonkeyPatch, name: str, fail: Callable[[str], object]) -> None:
    def open_input(uri: str) -> Any:
        return fail(uri) if uri.endswith(name) else open_delivered(uri)

    monkeypatch.setattr(ingest_landing, "open_delivered", open_input)


def _raise(error: BaseException) -> Callable[[str], object]:
    def fail(_: str) -> object:
        raise error

    return fail


OF_THE_FILE = [
    PermissionError(errno.EACCES, "Permission denied"),
    OSError(errno.EIO, "Input/output error"),
    gzip.BadGzipFile("ada@example.test"),
    EOFError("ada@example.test"),
    zlib.error("ada@example.test"),
    UnicodeDecodeError("utf-8", b"ada@example.test", 0, 1, "ada@example.test"),
    ValueError("Exceeds the limit (4300 digits)"),
    RecursionError("ada@example.test"),
    KeyError("ada@example.test"),
    OSError("When reading information for key 'b.json': AWS Error ACCESS_DENIED during GetObject operation"),
]


@pytest.mark.parametrize("error", OF_THE_FILE, ids=lambda error: type(error).__name__)
def test_a_file_that_cannot_be_read_is_one_refusal_and_is_tried_again(
    drop: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    entered = _Ledger()
    with monkeypatch.context() as failing:
        _failing(failing, "b.json", _raise(error))
        first = entered.look(drop)
        assert _names(first) == ["a.json"]
        [refused] = first.refused
        assert (refused.name, refused.reason) == ("accelerometer/landing/b.json", "unreadable_file")
        [warning] = first.warnings
        assert "accelerometer/landing/b.json is not read" in warning
        assert "ada@" not in warning + refused.detail
        [row] = refused_rows([refused], ARRIVED)
        assert (row["recordNumber"], row["rawText"], row["sourceFile"]) == (1, "", refused.name)
        # Of customers nobody knows whom it concerns.
        assert row["isRecognised"] is None
        assert refused_rows([replace(refused, source="customer")], ARRIVED)[0]["isRecognised"] is False
        # As long as it stays so it is named in the quarantine once, and said each time.
        again = entered.look(drop)
        assert not again
        assert again.warnings == first.warnings
    # Not written since, and readable now.
    assert _names(entered.look(drop)) == ["b.json"]
    assert _names(entered.look(drop)) == []


OF_THE_MACHINE = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EMFILE, "Too many open files"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    MemoryError(),
    TimeoutError(),
    ConnectionResetError(),
    OSError("When reading 'b.json': AWS Error SLOW_DOWN during GetObject operation"),
    OSError("When reading 'b.json': AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 7"),
]


@pytest.mark.parametrize("error", OF_THE_MACHINE, ids=lambda error: type(error).__name__)
def test_what_is_the_machines_fault_is_not_the_files(
    drop: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _failing(monkeypatch, "b.json", _raise(error))
    with pytest.raises(RetryableError, match=r"accelerometer/landing/b\.json cannot be read now"):
        _Ledger().look(drop)


def _vanish(uri: str) -> object:
    Path(uri).unlink()
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", uri)


def _grow(uri: str) -> object:
    with Path(uri).open("a", encoding="utf-8") as file:
        file.write("\n{}")
    return Path(uri).open("rb")


@pytest.mark.parametrize("change", [_vanish, _grow])
def test_a_file_that_changes_or_vanishes_is_left_for_the_next_run(
    drop: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], object]
) -> None:
    entered = _Ledger()
    with monkeypatch.context() as failing:
        _failing(failing, "b.json", change)
        new = entered.look(drop)
        assert (_names(new), new.refused) == (["a.json"], ())
        [warning] = new.warnings
        assert "accelerometer/landing/b.json was written or taken away meanwhile" in warning
    assert _names(entered.look(drop)) == (["b.json"] if change is _grow else [])


def test_a_reader_that_fails_in_the_middle_notes_the_file(drop: Path) -> None:
    file, unread = list_drop(drop).files[0], list[UnreadFile]()

    def read(do: Callable[[str], object]) -> None:
        with note_unread(file, unread):
            do(file.uri)

    read(_raise(zlib.error("cut")))
    read(lambda uri: os.utime(uri, ns=(0, 0)))
    assert [each.detail for each in unread] == ["it cannot be read (error)", None]
    assert Deliveries(_Ledger().look(drop).files).without(unread).files[0].file.name.endswith("b.json")


def test_names_that_are_not_those_of_json_are_told_once(drop: Path) -> None:
    _reading(drop / "customer" / "landing" / "notes.txt", "c")
    entered = _Ledger()
    [warning] = entered.look(drop).warnings
    assert warning == "read although not named .json or .json.gz: customer/landing/notes.txt"
    assert entered.look(drop).warnings == ()


def test_a_clock_that_is_set_back_does_not_change_the_order_of_arrivals(drop: Path) -> None:
    entered = _Ledger()

    def at(started: datetime) -> datetime:
        context = cast("Any", SimpleNamespace(reader=entered, started=started))
        return _arrival(context, Snapshots({DELIVERED_FILE.identifier: None}))

    assert at(ARRIVED) == ARRIVED
    entered.look(drop)
    assert at(ARRIVED - timedelta(days=30)) == ARRIVED + timedelta(milliseconds=1)
    assert at(ARRIVED) == ARRIVED + timedelta(milliseconds=1)
    assert at(ARRIVED + timedelta(days=1)) == ARRIVED + timedelta(days=1)
