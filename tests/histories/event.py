"""The history of a lake: who did what, from when to when, and what came of it; a line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Kind = Literal["deliver", "withhold", "run", "erase", "maintain", "query", "tag"]
"""``withhold``: a delivery that every run had to refuse is taken away again."""
DONE, REFUSED, USAGE, AGAIN = 0, 1, 2, 3
KILLED = 137
"""Exit code of a command that was killed."""


@dataclass(frozen=True)
class Event:
    """Something that somebody did.

    Attributes:
        process: who.
        kind: what.
        began: when, on the one clock of the machine, in nanoseconds.
        ended: when it came to an end.
        code: the exit code.
        rows: of a delivery, each row's number with whose it is.
        name: of a delivery or tag; for a query the moment that it asked for, if it named one.
        person: who was erased.
        seen: of a query, the numbers of the rows that it saw, by table, as often as it saw them.
        told: of a query, what it was told besides.
    """

    process: str
    kind: Kind
    began: int
    ended: int
    code: int = DONE
    rows: dict[str, str] = field(default_factory=dict)
    name: str = ""
    person: str = ""
    seen: dict[str, list[int]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """For people, without anybody's rows."""
        what = " ".join(each for each in (self.kind, self.name, self.person) if each)
        return f"{self.process}: {what} (exit code {self.code}, {self.began} to {self.ended})"

    def line(self) -> str:
        """As a line of the record."""
        return json.dumps(asdict(self)) + "\n"


def read_history(files: Iterable[Path]) -> list[Event]:
    """The events of every process, in the order in which they began."""
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return sorted((Event(**json.loads(line)) for line in lines), key=lambda event: event.began)
