"""What each guard is needed for: the world in which the lake breaks without it, and the law that is broken."""

from __future__ import annotations

from typing import NamedTuple

from tests.model import laws
from tests.model.guards import ALL
from tests.model.search import Found, Search
from tests.model.worlds import WORLDS


class Needed(NamedTuple):
    """What happens without some guards: where, and which law breaks; of two guards, one alone would do."""

    guards: tuple[str, ...]
    world: str
    law: str

    def search(self) -> Found:
        """The shortest way there."""
        return Search(WORLDS[self.world], ALL - set(self.guards)).run()

    def __str__(self) -> str:
        return " and ".join(self.guards)


LOCAL, LOCAL_RUNS = "a local lake", "runs on a local lake"
RUNS, AFTER = "two runs", "two runs after one that died"
ERASURE, MAINTAINED, ALONE = "a run and an erasure", "a run and maintenance", "maintenance and an erasure"
NEEDED = (
    Needed(("lock",), LOCAL, laws.MISSING),
    Needed(("finish first",), LOCAL_RUNS, laws.DOUBLED),
    Needed(("mark",), RUNS, laws.DOUBLED),
    Needed(("one mark",), RUNS, laws.DOUBLED),
    Needed(("keep marked",), RUNS, laws.DOUBLED),
    Needed(("moved",), AFTER, laws.LOST),
    Needed(("swap",), AFTER, laws.LOST),
    Needed(("branch goes",), MAINTAINED, laws.DOUBLED),
    Needed(("inputs last",), RUNS, laws.LOST),
    Needed(("same history",), ERASURE, laws.MISSING),
    Needed(("erasure first",), LOCAL, laws.DOUBLED),
    Needed(("suppress",), ERASURE, laws.BACK),
    Needed(("every snapshot", "proof"), ALONE, laws.BACK),
    Needed(("unchanged",), ERASURE, laws.LOST),
    Needed(("enter",), ERASURE, laws.DOUBLED),
    Needed(("landed",), LOCAL, laws.LOST),
    Needed(("head",), MAINTAINED, laws.LOST),
    Needed(("young",), MAINTAINED, laws.MISSING),
    Needed(("held",), MAINTAINED, laws.TAG),
    Needed(("same refs",), MAINTAINED, laws.TAG),
    Needed(("coherent tag",), LOCAL_RUNS, laws.MIXED),
    Needed(("as of",), LOCAL_RUNS, laws.HALF),
    Needed(("told",), LOCAL_RUNS, laws.HALF),
)
"""Each guard is among these; which law breaks first without it is as it was found."""
