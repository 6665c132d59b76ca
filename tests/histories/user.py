"""Somebody who uses a lake by its commands, and notes what was done and seen."""

from __future__ import annotations

import io
import json
import time
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobs.cli import main
from tests.histories.checker import LANDING, TRAINING
from tests.histories.deliveries import FIRST, address, deliver, withhold
from tests.histories.dying import dying
from tests.histories.event import DONE, KILLED, REFUSED, Event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.histories.event import Kind

_ROWS = (
    "SELECT 'landing' AS place, timestamp AS instant FROM landing.accelerometer_landing "
    "UNION ALL SELECT 'training', timestamp FROM curated.machine_learning_curated"
)
_WAIT = ("--wait", "600")


@dataclass
class User:
    """A user of one lake.

    Attributes:
        name: who.
        folder: where the lake and its drop folder are, and the record of what this user does.
        events: what was done so far.
        dies_at: at which effect the next command dies; None: it does not.
    """

    name: str
    folder: Path
    events: list[Event] = field(default_factory=list)
    dies_at: int | None = None

    @property
    def drop(self) -> Path:
        """The drop folder, which all users share."""
        return self.folder / "drop"

    def deliver(self, name: str, rows: Mapping[int, str], *, refused: bool = False) -> None:
        """Deliver rows."""
        began = time.monotonic_ns()
        deliver(self.drop, name, rows, refused=refused)
        numbers = {str(row): person for row, person in rows.items()}
        self._note("deliver", began, REFUSED if refused else DONE, rows=numbers, name=name)

    def withhold(self, name: str) -> None:
        """Take a delivery away again."""
        began = time.monotonic_ns()
        withhold(self.drop, name)
        self._note("withhold", began, DONE, name=name)

    def run(self) -> int:
        """Run; the exit code."""
        return self._do("run", "run", "--landing", str(self.drop), *_WAIT)

    def erase(self, person: str) -> int:
        """Erase somebody; the exit code."""
        where = ("--landing", str(self.drop), "--yes", *_WAIT)
        return self._do("erase", "erase", "--email", address(person), *where, person=person)

    def resume(self, person: str) -> int:
        """Finish somebody's erasure; the exit code."""
        return self._do("erase", "erase", "--resume", *_WAIT, person=person)

    def maintain(self) -> int:
        """Maintain, as hard as can be; the exit code."""
        return self._do("maintain", "maintain", "--yes", "--keep-days", "0", "--orphan-hours", "0", *_WAIT)

    def tag(self, name: str) -> int:
        """Tag what is published; the exit code."""
        return self._do("tag", "tag", name, *_WAIT, name=name)

    def query(self, moment: str = "") -> int:
        """Read the readings of two tables, now or at a tag; the exit code."""
        began = time.monotonic_ns()
        code, out, told = self._call("query", _ROWS, *(("--as-of", moment) if moment else ()))
        seen: dict[str, list[int]] = {LANDING: [], TRAINING: []}
        if code == DONE:
            answer = json.loads(out)
            for table, instant in answer["rows"]:
                seen[table].append(instant - FIRST)
            told = answer["notes"]
        self._note("query", began, code, name=moment, seen=seen, told=told)
        return code

    def _do(self, kind: Kind, *arguments: str, **more: Any) -> int:
        began = time.monotonic_ns()
        with dying(self.dies_at) if self.dies_at else nullcontext(bool) as died:
            code, _, told = self._call(*arguments)
            code = KILLED if died() else code
        self.dies_at = None
        self._note(kind, began, code, told=told if code else [], **more)
        return code

    def _call(self, *arguments: str) -> tuple[int, str, list[str]]:
        """A command of the tool, in this process: its exit code, its answer, and its error."""
        out, code = io.StringIO(), DONE
        where = ("--lake", str(self.folder / "lake"), "--output", "json")
        with redirect_stdout(out), redirect_stderr(io.StringIO()) as errors:
            try:
                main([*arguments, *where])
            except SystemExit as ended:
                code = int(ended.code or DONE)
        return code, out.getvalue(), [*errors.getvalue().splitlines()[-3:], *_error(out.getvalue(), code)]

    def _note(self, kind: Kind, began: int, code: int, **more: Any) -> None:
        event = Event(self.name, kind, began, time.monotonic_ns(), code, **more)
        self.events.append(event)
        with (self.folder / f"{self.name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(event.line())


def _error(out: str, code: int) -> list[str]:
    return [out[-500:]] if code else []
