"""Documents among the records of erasures, each one JSON file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedFileError, DamagedLakeError
from catalog.storage.files import canonical
from catalog.storage.sealed import seal, unseal

if TYPE_CHECKING:
    from catalog.storage.files import Storage


def read_record(storage: Storage, location: str, unknown: str) -> Any:
    """What a document says; None where there is none.

    Args:
        storage: where it is kept.
        location: of the document.
        unknown: what nobody can tell where it cannot be read.

    Raises:
        DamagedLakeError: it is there and cannot be read.
    """
    wanted = canonical(location)  # of S3's listing, more may begin so
    listed = (file for file in storage.files(location) if file.current)
    found = next((file for file in listed if canonical(file.location) == wanted), None)
    if found is None:
        return None
    try:
        return json.loads(unseal(storage.read(found), location))
    except (ValueError, DamagedFileError) as error:
        raise DamagedLakeError(f"{location} cannot be read: {unknown}; restore it from a backup") from error


def write_record(storage: Storage, location: str, document: Any) -> None:
    """Keep a document, an object, in place of the one that is there; it survives the loss of power.

    It carries its checksum: one wrong digit of who was erased, and a delivery could bring somebody back.
    """
    storage.write(location, seal(json.dumps(document, indent=1).encode(), location))
