"""What is recorded of erasures: those that are not finished, and certificates of those that are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.storage.files import storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile

_DONE = "done.json"
"""The file of an erasure's folder that says that it is finished."""


@dataclass(frozen=True)
class Erasures:
    """The records of a lake's erasures.

    Attributes:
        unfinished: when each erasure that is not finished began, UTC, by its id.
        certificates: the certificates' names, in the order of their numbers.
    """

    unfinished: dict[str, datetime]
    certificates: tuple[str, ...]


def recorded_erasures(profile: Profile) -> Erasures:
    """What the lake's records say; nothing where there are none.

    Raises:
        OSError: they cannot be listed; botocore's errors likewise.
    """
    began: dict[str, int] = {}
    done, certificates = set(), []
    for file in storage_of(profile).files(f"{profile.privacy}/"):
        kind, _, name = file.location.removeprefix(f"{profile.privacy}/").partition("/")
        if not file.current or not name:
            continue
        if kind == "certificates":
            certificates.append(name)
        elif kind == "erasures":
            erasure, _, part = name.partition("/")
            began[erasure] = min(file.modified_ms, began.get(erasure, file.modified_ms))
            done |= {erasure} if part == _DONE else set()
    unfinished = {
        erasure: datetime.fromtimestamp(at / 1000, UTC) for erasure, at in began.items() if erasure not in done
    }
    return Erasures(unfinished, tuple(sorted(certificates)))
