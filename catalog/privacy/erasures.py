"""Which erasures were begun on a lake, and which of them are not finished; what their journals say names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.privacy.records import read_record
from catalog.storage.files import storage_of

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile

UNKNOWN = "what an erasure had done is not known"
OPEN = "open"
"""State of an erasure that is not finished."""
_JOURNAL = "/journal.json"


@dataclass(frozen=True)
class ErasureRecord:
    """An erasure, as its journal has it.

    Attributes:
        folder: location of what is kept of it.
        document: id, begun (ISO 8601, UTC), state, landing, steps.
    """

    folder: str
    document: dict[str, Any]


def erasures(profile: Profile) -> list[ErasureRecord]:
    """Every erasure that was begun, oldest first.

    Raises:
        DamagedLakeError: a journal cannot be read.
    """
    storage = storage_of(profile)
    return [
        ErasureRecord(file.location.removesuffix(_JOURNAL), read_record(storage, file.location, UNKNOWN))
        for file in sorted(storage.files(f"{erasures_folder(profile)}/"))
        if file.current and file.location.endswith(_JOURNAL)
    ]


def refuse_open_erasure(profile: Profile) -> None:
    """Refuse to write where an erasure is not finished: a table could be made from what is to go.

    Raises:
        UsageError: one is not.
    """
    for each in erasures(profile):
        if each.document["state"] == OPEN:
            raise UsageError(
                f"the erasure {each.document['id']} is not finished; finish it first: "
                f"stedi erase --resume {profile.options}"
            )


def erasures_folder(profile: Profile) -> str:
    """Where journals are kept."""
    return f"{profile.privacy}/erasures"
