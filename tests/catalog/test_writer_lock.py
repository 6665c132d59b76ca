"""Marks of writers: of one that is at work, for readers; of one that died or failed, for the next."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.errors import RetryableError, UsageError
from catalog.history.coherence import lake_notes
from catalog.profiles.writer_lock import (
    forget_interrupted,
    interrupted_before,
    interrupted_since,
    writer_lock,
    writing,
)
from catalog.query.engine import query_local
from tests.lake_without_spark import append, customer, make_lake, table

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile

CUSTOMERS = "trusted.customer_trusted"
DIES = """
import os, signal, sys; from pathlib import Path
from catalog.profiles.profile import local_profile; from catalog.profiles.writer_lock import writer_lock
with writer_lock(local_profile(Path(sys.argv[1])), 0):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def lake(tmp_path: Path) -> LocalProfile:
    profile = make_lake(tmp_path / "lake")
    append(profile, CUSTOMERS, [customer("ann@x.test")])
    return profile


def _count(profile: LocalProfile) -> int:
    with query_local(profile, f"SELECT count(*) FROM {CUSTOMERS}") as result:
        return sum(batch.column(0)[0].as_py() for batch in result.batches)


def _die(profile: LocalProfile) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES, profile.lake], check=False, cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL


def test_a_writer_that_ends_well_or_says_no_leaves_no_mark(lake: LocalProfile) -> None:
    with writer_lock(lake, 0):
        assert writing(lake) is not None
        assert interrupted_since(lake) is None
    with pytest.raises(UsageError), writer_lock(lake, 0):
        raise UsageError("no")
    assert (writing(lake), interrupted_since(lake)) == (None, None)
    assert lake_notes(lake) == []


@pytest.mark.parametrize("error", [RetryableError, KeyboardInterrupt, OSError])
def test_a_writer_that_fails_leaves_one(lake: LocalProfile, error: type[BaseException]) -> None:
    with pytest.raises(error), writer_lock(lake, 0):
        raise error
    assert interrupted_since(lake) is not None
    assert "did not finish" in lake_notes(lake)[0]
    with writer_lock(lake, 0):
        forget_interrupted(lake)
    assert lake_notes(lake) == []


def test_the_oldest_of_writers_that_died_is_remembered_until_somebody_completed_their_work(lake: LocalProfile) -> None:
    _die(lake)
    first = interrupted_since(lake)
    assert first is not None
    _die(lake)
    with writer_lock(lake, 0):
        assert interrupted_before(lake) == first
    assert interrupted_since(lake) == first
    (lake.lake / "interrupted.json").write_text("{", encoding="utf-8")
    assert interrupted_since(lake) == 0


def test_readers_pass_over_what_a_writer_publishes_unless_what_was_there_is_gone(lake: LocalProfile) -> None:
    with writer_lock(lake, 0):
        append(lake, CUSTOMERS, [customer("ben@x.test")])
        assert _count(lake) == 1
        # As maintenance does, once it wrote the same rows anew.
        current = table(lake, CUSTOMERS)
        [first, _] = current.metadata.snapshots
        current.maintenance.expire_snapshots().by_id(first.snapshot_id).commit()
        assert _count(lake) == 2
    assert _count(lake) == 2


def test_a_mark_of_an_earlier_version_holds_nobody_back(lake: LocalProfile) -> None:
    with writer_lock(lake, 0):
        (lake.lake / "writing.json").write_text('{"since": 1}', encoding="utf-8")
        assert writing(lake) is None
        assert _count(lake) == 1
