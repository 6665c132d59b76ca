"""Two processes use one lake at random, for so many rounds; what they did is recorded, and checked at the end."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.histories.checker import Anomaly, anomalies
from tests.histories.event import AGAIN, DONE, Event, read_history
from tests.histories.user import User

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 2
_PEOPLE, _READINGS, _TAGS = 6, 3, 3
_ACTS = {
    "query": 40,
    "time travel": 14,
    "run": 10,
    "deliver and run": 14,
    "maintain": 11,
    "erase": 6,
    "tag": 3,
    "refused": 2,
}


@dataclass
class Worker:
    """One process: what it does is told by its seed; how it meets the other is not.

    Attributes:
        user: who it is to the lake.
        number: which process.
        seed: of its choices.
    """

    user: User
    number: int
    seed: int
    _rows: int = 0
    _people: int = 0
    _deliveries: int = 0
    _tags: list[str] = field(default_factory=list)

    def work(self, rounds: int) -> None:
        """Do so many things."""
        choices = random.Random(f"{self.seed} {self.number}")  # noqa: S311 - no secret
        self._deliver(choices)
        self.user.run()
        for _ in range(rounds):
            [act] = choices.choices(list(_ACTS), list(_ACTS.values()))
            self._act(act, choices)

    def _act(self, act: str, choices: random.Random) -> None:
        if act == "deliver and run":
            self._deliver(choices)
            self.user.run()
        elif act == "run":
            self.user.run()
        elif act == "erase":
            self._erase(self._somebody(choices))
        elif act == "maintain":
            self.user.maintain()
        elif act == "tag" and len(self._tags) < _TAGS:
            self._tag()
        elif act == "refused":
            name = self._deliver(choices, refused=True)
            self.user.run()
            self.user.withhold(name)
        else:
            moment = choices.choice(self._tags) if act == "time travel" and self._tags else ""
            self.user.query(moment)

    def _deliver(self, choices: random.Random, *, refused: bool = False) -> str:
        """A new person's readings, and some of people who may have been erased since; half of them the other's."""
        self._deliveries += 1
        self._people += 1
        people = [f"p{self.number}x{self._people}x", *(self._somebody(choices) for _ in range(2))]
        rows = {}
        for person in people:
            for _ in range(_READINGS):
                self._rows += 1
                rows[self._rows * PROCESSES + self.number] = person
        name = f"d{self.number}x{self._deliveries}x"
        self.user.deliver(name, rows, refused=refused)
        return name

    def _somebody(self, choices: random.Random) -> str:
        newest = max(self._people, 1)
        return f"p{choices.randrange(PROCESSES)}x{max(1, newest - choices.randrange(_PEOPLE))}x"

    def _erase(self, person: str) -> None:
        code = self.user.erase(person)
        while code == AGAIN:
            code = self.user.resume(person)

    def _tag(self) -> None:
        name = f"t{self.number}x{len(self._tags)}"
        if self.user.tag(name) == DONE:
            self._tags.append(name)


@dataclass(frozen=True)
class Soaked:
    """What came of it.

    Attributes:
        events: the history.
        anomalies: what in it must not be.
    """

    events: list[Event]
    anomalies: list[Anomaly]

    @classmethod
    def of(cls, folder: Path) -> Soaked:
        """By the record in a folder."""
        events = read_history(sorted(folder.glob("*.jsonl")))
        return cls(events, anomalies(events))


def soak(folder: Path, rounds: int, seed: int) -> Soaked:
    """Let the processes work on a lake in a folder, and look at the history that they leave.

    Args:
        folder: where the lake is made; the record stays in it.
        rounds: how many things are done, by all processes together.
        seed: of what each process does.
    """
    command = [sys.executable, "-m", "tests.histories", "--folder", str(folder), "--seed", str(seed)]
    command += ["--rounds", str(-(-rounds // PROCESSES))]
    with ExitStack() as stack:
        processes = []
        for number in range(PROCESSES):
            # Temporary folders of their own: an erasure reads what anybody left in them.
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak_"))
            environment = os.environ | {"TMPDIR": place}
            process = subprocess.Popen([*command, "--worker", str(number)], env=environment)
            processes.append(stack.enter_context(process))
        codes = [process.wait() for process in processes]
    if any(codes):
        raise RuntimeError(f"a process ended with {codes}")
    last = User("last", folder)
    last.run()
    last.query()
    return Soaked.of(folder)
