"""What is recorded of erasures: those that are not finished, and certificates of those that are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.privacy.erasures import OPEN, erasures
from catalog.storage.files import storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile


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
        DamagedLakeError: one cannot be read.
    """
    unfinished = {
        each.document["id"]: datetime.fromisoformat(each.document["begun"])
        for each in erasures(profile)
        if each.document["state"] == OPEN
    }
    names = (
        file.location.rpartition("/")[2]
        for file in storage_of(profile).files(f"{profile.privacy}/certificates/")
        if file.current and file.location.endswith(".json")
    )
    return Erasures(unfinished, tuple(sorted(names)))
