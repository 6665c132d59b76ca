"""The proof that nothing of somebody is left: every file of some places was read, and held none of their values."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.privacy.control import require_control
from catalog.privacy.finding import Place
from catalog.privacy.scan import scan

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from catalog.privacy.finding import Finding
    from catalog.privacy.needles import Needles
    from catalog.storage.files import Storage


@dataclass(frozen=True)
class Proof:
    """What a proof read and found.

    Attributes:
        findings: what is left; empty: nothing is.
        digests: SHA-256 of every file that was read, every version of it, in order.
        bytes: how many were read.
        searched: how many values were searched, by kind.
        too_short: how many were not, by kind, since they are found everywhere.
        control: in how many files a planted value was found first.
        empty: locations of places that held no file.
        seconds: how long it took.
    """

    findings: tuple[Finding, ...]
    digests: tuple[str, ...]
    bytes: int
    searched: Mapping[str, int]
    too_short: Mapping[str, int]
    control: int
    empty: tuple[str, ...]
    seconds: float

    @property
    def files(self) -> int:
        """How many were read."""
        return len(self.digests)

    @property
    def by_kind(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return dict(sorted(Counter(each.kind for each in self.findings).items()))


def prove(
    storage: Storage, places: Sequence[Place | str], needles: Needles, reached: Container[str] | None = None
) -> Proof:
    """Read every file of the places, and search it for the values; first for one that was planted.

    Args:
        storage: where what begins with ``s3://`` is; all else is on this machine.
        places: where to look; what is no ``Place`` is part of the lake.
        needles: what to look for.
        reached: locations that tables reach (``reachable_files``), so that orphans are told as such.

    Raises:
        TerminalError: the planted value was not found in every kind of file: nothing is proved.
        RetryableError: files went on changing meanwhile.
    """
    begun = time.monotonic()
    control = require_control(needles)
    everywhere = [place if isinstance(place, Place) else Place(place) for place in places]
    scanned = scan(storage, everywhere, needles, reached)
    return Proof(
        tuple(scanned.findings),
        tuple(sorted(file.sha256 for file in scanned.files.values() if file.sha256)),
        sum(file.size for file in scanned.files.values()),
        needles.searched,
        needles.too_short,
        control,
        tuple(place.location for place in scanned.empty),
        time.monotonic() - begun,
    )
