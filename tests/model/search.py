"""Every state that a world can come to, breadth first, so that what breaks a law is found on a shortest way.

What an actor can do depends on its own memory and the lake alone, and many states share these: each is computed once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.actors import END, Move
from tests.model.laws import broken, misread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.model.lake import Lake

    Steps = Callable[..., list[Move]]


class Actor(NamedTuple):
    """Somebody: what is in their memory at first, what they can do, and whether another goes on where they died."""

    local: Any
    steps: Steps
    again: bool = False


@dataclass(frozen=True)
class World:
    """Who is at work on which lake.

    Attributes:
        lake: the lake at first.
        actors: who is at work.
        locked: whether the lake has a lock, as a local one has.
        faults: how many deaths and lost answers there may be.
    """

    lake: Lake
    actors: tuple[Actor, ...]
    locked: bool
    faults: int


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        states: how many distinct ones it saw.
        law: the law that one of them breaks; None: none does.
        trace: what was done on a shortest way to it.
    """

    states: int
    law: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For people: the way, a line for each step."""
        if self.law is None:
            return f"{self.states:,} states, and every law holds"
        return "\n".join([*(f"{number:3}. {says}" for number, says in enumerate(self.trace, 1)), f"     {self.law}"])


@dataclass
class Search:
    """A search of one world.

    Attributes:
        world: the world.
        guards: the guards that are there.
    """

    world: World
    guards: frozenset[str]
    _known: dict[Any, int] = field(default_factory=dict)
    _values: list[Any] = field(default_factory=list)
    _moves: dict[tuple[int, int, int], list[tuple[str, int, int, int]]] = field(default_factory=dict)
    _laws: dict[int, str | None] = field(default_factory=dict)

    def run(self, limit: int = 10_000_000) -> Found:
        """Look at every state, or as far as the first that breaks a law."""
        first = (self._id(self.world.lake), *(self._id(actor.local) for actor in self.world.actors), self.world.faults)
        came: dict[tuple[int, ...], tuple[tuple[int, ...] | None, str]] = {first: (None, "")}
        waiting = deque([first])
        while waiting:
            state = waiting.popleft()
            if law := self._broken(state):
                return Found(len(came), law, tuple(self._way(came, state)))
            for says, after in self._after(state):
                if after not in came:
                    came[after] = (state, says)
                    waiting.append(after)
            if len(came) > limit:
                raise AssertionError(f"more than {limit:,} states")
        return Found(len(came))

    def _way(self, came: dict[tuple[int, ...], Any], state: tuple[int, ...]) -> list[str]:
        says: list[str] = []
        before, step = came[state]
        while before is not None:
            says.append(step)
            before, step = came[before]
        return says[::-1]

    def _after(self, state: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
        lake, *locals_, faults = state
        for place, local in enumerate(locals_):
            for says, new, changed, takes in self._moves_of(place, local, lake):
                if takes <= faults:
                    yield says, (changed, *locals_[:place], new, *locals_[place + 1 :], faults - takes)

    def _moves_of(self, place: int, local: int, lake: int) -> list[tuple[str, int, int, int]]:
        key = (place, local, lake)
        if key not in self._moves:
            actor, memory, then = self.world.actors[place], self._values[local], self._values[lake]
            moves: list[Move] = []
            if memory.pc != END:
                moves = [*actor.steps(memory, then, self.guards, locked=self.world.locked), *_dies(actor, memory, then)]
            self._moves[key] = [(each.says, self._id(each.local), self._id(each.lake), each.faults) for each in moves]
        return self._moves[key]

    def _broken(self, state: tuple[int, ...]) -> str | None:
        lake, *locals_, _ = state
        if lake not in self._laws:
            self._laws[lake] = next(broken(self._values[lake]), None)
        if law := self._laws[lake]:
            return law
        for local in locals_:
            memory = self._values[local]
            if memory.name == "reader" and memory.pc == END and (law := misread(memory)):
                return law
        return None

    def _id(self, value: Any) -> int:
        if value not in self._known:
            self._known[value] = len(self._values)
            self._values.append(value)
        return self._known[value]


def _dies(actor: Actor, memory: Any, lake: Lake) -> list[Move]:
    """The operating system frees what somebody held who dies; what was in memory is gone."""
    if memory.pc == "idle":
        return []
    local = actor.local if actor.again else actor.local._replace(pc=END)
    return [Move(f"{memory.name} dies", local, lake.free() if lake.holder == memory.name else lake, 1)]
