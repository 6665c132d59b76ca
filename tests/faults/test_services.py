"""One call to a service fails, whichever: the lake ends as without it, at once or after the same run again.

Somebody's record is landed, and a run brings the table of trusted customers up to date. Of its calls to Glue and S3
the k-th fails, once or for as long as that call is repeated, in one of the ways in which services fail. Then either
the run is done, or it ends with exit code 3 and readers see no half of it; and the same run again makes what it would
have made.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.commit.tables import create_tables
from catalog.errors import RetryableError
from catalog.history.time_travel import open_table
from catalog.lake import Lake as OpenedLake
from catalog.lake import connect_catalog
from catalog.machine.aws_errors import classify_error
from catalog.profiles.emulator import failure
from catalog.specs import table
from jobs.lineage import job_for
from tests.lake import begun, make_and_publish, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.wrappers import Response

    from catalog.profiles.emulator import Emulator
    from catalog.profiles.glue import GlueProfile

CUSTOMERS, LANDED = "trusted.customer_trusted", "landing.customer_landing"
KINDS = ("busy", "expired", "cut off", "busy for good", "lost answer", "cut off for good", "lost answer for good")

COMMIT = "UpdateTable"
SAMPLE = ("busy", "expired", "lost answer", "cut off for good")

_SAID = {
    "SlowDown": "Please reduce your request rate.",
    "ExpiredToken": "The security token included in the request is expired",
    "InternalError": "We encountered an internal error.",
}


def _is_glue(environ: dict[str, Any]) -> bool:
    return "HTTP_X_AMZ_TARGET" in environ


def _refusal(environ: dict[str, Any], code: str, status: int) -> Response:
    """An error as the service that is asked says it."""
    from werkzeug.wrappers import Response

    if _is_glue(environ):
        return failure({"SlowDown": "ThrottlingException"}.get(code, f"{code}Exception"), _SAID[code], 400)
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{_SAID[code]}</Message></Error>'
    return Response(text, status, content_type="application/xml")


@dataclass
class Fault:
    """Fails one call of those that it sees.

    Attributes:
        call: which, from 1; 0: none.
        kind: how.
        only: the operation whose calls are counted; empty: all are.
        seen: calls so far.
        hit: what failed: method, path and operation.
    """

    call: int = 0
    kind: str = "busy"
    only: str = ""
    seen: int = 0
    hit: tuple[str, ...] | None = None
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], do: Callable[[], None]) -> Response | None:
        asked = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_X_AMZ_TARGET", ""))
        with self._counting:
            counts = asked[2].endswith(self.only)
            self.seen += counts
            first = counts and self.seen == self.call and self.hit is None
            if first:
                self.hit = asked
            fails = first or (self.kind.endswith("for good") and asked == self.hit)
        if not fails:
            return None
        if self.kind.startswith("busy"):
            return _refusal(environ, "SlowDown", 503)
        if self.kind == "expired":
            return _refusal(environ, "ExpiredToken", 400)
        if self.kind.startswith("lost"):
            do()
        environ["werkzeug.socket"].shutdown(2)
        return _refusal(environ, "InternalError", 500)


@dataclass
class Lake:
    """A lake in the emulator to which one record after the other is delivered."""

    emulator: Emulator
    profile: GlueProfile
    delivered: int = 0

    def deliver(self) -> None:
        """Land a record of somebody who agrees."""
        self.delivered += 1
        number, then = self.delivered, 1_655_564_444_000
        row = {
            "email": f"{number}@example.test",
            "person": f"{number}@example.test",
            "serialNumber": f"device {number}",
            "device": f"device{number}",
            **dict.fromkeys(("registrationDate", "lastUpdateDate", "shareWithResearchAsOfDate"), then),
            "sourceFile": f"{number}",
            "sourceFileSha256": f"{number}",
        }
        seed(self.opened(), table(LANDED), [row], run_id=f"landed_{number}")

    def opened(self) -> OpenedLake:
        """As a new process opens it."""
        return OpenedLake(self.profile, connect_catalog(self.profile))

    def run(self) -> None:
        with begun(self.opened()) as context:
            make_and_publish(context, job_for(CUSTOMERS))

    def rows(self, identifier: str) -> int:
        return int(open_table(self.profile, table(identifier)).scan().count())

    def holds_all(self) -> bool:
        return self.rows(CUSTOMERS) == self.delivered


@pytest.fixture(scope="module")
def lake(emulator: Emulator, emulated: GlueProfile) -> Iterator[Lake]:
    made = Lake(emulator, emulated)
    create_tables(made.opened())
    made.deliver()
    made.run()
    yield made
    emulator.interrupt = None


def _calls(lake: Lake, only: str = "") -> int:
    """How many calls a run makes that nothing happens to."""
    lake.deliver()
    lake.emulator.interrupt = counted = Fault(only=only)
    lake.run()
    lake.emulator.interrupt = None
    assert lake.holds_all()
    return counted.seen


def _fail(lake: Lake, call: int, kind: str, only: str = "") -> str:
    """A run of which that call fails, and what must be true of it; what came of it."""
    lake.deliver()
    before = lake.delivered - 1
    lake.emulator.interrupt = fault = Fault(call, kind, only)
    error: BaseException | None = None
    try:
        lake.run()
    except Exception as raised:  # noqa: BLE001 - whatever comes is looked at below
        error = raised
    if log := os.environ.get("STEDI_FAULT_LOG"):
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{call}\t{kind}\t{fault.hit}\t{type(error).__name__}\t{error and classify_error(error)}\n")
    lake.emulator.interrupt = None
    what = f"call {call} ({kind}): {fault.hit}"
    assert fault.hit is not None, f"the run made fewer than {call} calls"
    if error is None:
        assert lake.holds_all(), what
        return "done"
    assert isinstance(classify_error(error), RetryableError), f"{what}: {type(error).__name__}: {error}"
    assert lake.rows(CUSTOMERS) in {before, lake.delivered}, what
    lake.run()
    assert lake.holds_all(), what
    return "run again"


def test_a_sample_of_calls(lake: Lake) -> None:
    calls = _calls(lake)
    assert calls > 50
    for number, kind in enumerate(SAMPLE):
        _fail(lake, 1 + (2 * number + 1) * calls // (2 * len(SAMPLE)), kind)


@pytest.mark.faults
def test_a_commit_whose_answer_is_lost_is_not_made_twice(lake: Lake) -> None:
    """The last commit of a run publishes: the catalog took it, and nobody was told."""
    commits = _calls(lake, COMMIT)
    assert commits >= 2
    _fail(lake, commits, "lost answer for good", COMMIT)


@pytest.mark.faults
def test_every_commit(lake: Lake) -> None:
    commits = _calls(lake, COMMIT)
    outcomes = {(call, kind): _fail(lake, call, kind, COMMIT) for call in range(1, commits + 1) for kind in KINDS}
    assert set(outcomes.values()) == {"done", "run again"}


@pytest.mark.faults
def test_every_call(lake: Lake) -> None:
    """STEDI_FAULT_CALLS=FIRST:LAST:STEP does a part of them; the way of failing changes from call to call."""
    calls = _calls(lake)
    part = os.environ.get("STEDI_FAULT_CALLS", f"1:{calls}:1")
    first, last, step = map(int, part.split(":"))
    chosen = range(first, min(last, calls) + 1, step)
    outcomes = [_fail(lake, call, KINDS[number % len(KINDS)]) for number, call in enumerate(chosen)]
    assert set(outcomes) <= {"done", "run again"}
