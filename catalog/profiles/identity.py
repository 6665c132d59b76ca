"""What a local lake says of itself: who it is, where, and whether erasures must be replayed before it answers.

A table's metadata holds absolute paths: a lake that was copied reads and writes the original's files, and one that was
moved finds none. So a lake names its place, and is refused anywhere else.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError

if TYPE_CHECKING:
    from collections.abc import Iterable

IDENTITY = "lake.json"
"""The file in a lake's folder that says who the lake is."""
PACKAGE = "stedi-lakehouse"


@dataclass(frozen=True)
class Identity:
    """Who a lake is.

    Attributes:
        id: no other lake's, not even its copy's.
        location: the folder for which its metadata was written.
        made_by: the version of the package that made the lake, or first found it without an identity.
    """

    id: str
    location: str
    made_by: str


def new_identity(lake: Path) -> Identity:
    """Of a lake that is made in that folder."""
    return Identity(str(uuid.uuid4()), str(lake), version())


def version() -> str:
    """The package's version."""
    from importlib import metadata

    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "unknown"


def read_identity(lake: Path) -> Identity | None:
    """What the lake in a folder says of itself; None where an older version made it.

    Raises:
        DamagedLakeError: what it says cannot be read.
    """
    file = lake / IDENTITY
    try:
        return Identity(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, OSError) as error:
        raise DamagedLakeError(f"{file} cannot be read ({type(error).__name__}): restore it from a backup") from error


def write_identity(folder: Path, identity: Identity, *, replace: bool = False) -> None:
    """Write it into a lake's folder; of two processes that do this at once the first one's stays."""
    file, unfinished = folder / IDENTITY, folder / f".{IDENTITY}.{os.getpid()}"
    unfinished.write_text(json.dumps(asdict(identity), indent=2) + "\n", encoding="utf-8")
    unfinished.chmod(0o600)
    if replace:
        unfinished.replace(file)
        return
    with suppress(FileExistsError):
        os.link(unfinished, file)
    unfinished.unlink()


def refuse_elsewhere(lake: Path, warehouse: Path, pointers: Iterable[str]) -> None:
    """Refuse a lake that was copied or moved here.

    Args:
        lake: the folder.
        warehouse: where its tables are.
        pointers: where its catalog says that tables' metadata is.

    Raises:
        DamagedLakeError: it was made for another folder, or its catalog leads into one.
    """
    identity = read_identity(lake)
    if identity is not None and not _same(Path(identity.location), lake):
        was = identity.location
    elif outside := next((each for each in pointers if not _leads_into(warehouse, each)), None):
        was = outside.removeprefix("file://").partition("/warehouse/")[0]
    else:
        return
    how = "is a copy of" if Path(was).exists() else "was moved from"
    raise DamagedLakeError(
        f"{lake} {how} the lake {was}, whose paths are in its metadata; nothing was read or written. Make it a lake of "
        f"its own with: stedi restore --here --lake {lake}"
    )


def _leads_into(warehouse: Path, pointer: str) -> bool:
    path = Path("/" + pointer.removeprefix("file:").lstrip("/"))
    return path.is_relative_to(warehouse) or path.resolve().is_relative_to(warehouse.resolve())


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()


def not_replayed(place: str, options: str, mark: dict[str, Any]) -> DamagedLakeError:
    """What to say of a lake that came back from a backup and may hold people who were erased since."""
    made = datetime.fromtimestamp(mark.get("backupMadeAt", 0) / 1000, UTC)
    return DamagedLakeError(
        f"{place} was restored from a backup of {made:%Y-%m-%d %H:%M:%S} UTC, and may hold people who were erased "
        f"since: it answers nothing until erasures are replayed with: stedi privacy replay {options}; where nobody was "
        f"erased since: stedi restore --erasures none {options}"
    )
