"""The drop folder: where devices and the app deliver, as ``DIR/<source>/landing/``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from catalog.errors import UsageError
from catalog.specs.landing import SOURCES


@dataclass(frozen=True)
class DeliveredFile:
    """A file in the drop folder.

    Attributes:
        source: customer, accelerometer or step_trainer.
        name: its path relative to the drop folder.
        uri: where it is read.
        size: in bytes.
        modified_micros: when it was last written, microseconds since 1970, UTC.
    """

    source: str
    name: str
    uri: str
    size: int
    modified_micros: int


def delivered_files(drop: Path) -> list[DeliveredFile]:
    """Every file under ``drop/<source>/landing``, by name; files that begin with ``.`` or ``_`` are not deliveries.

    Raises:
        UsageError: the folder is not there, or nothing is in it.
    """
    if not drop.is_dir():
        raise UsageError(f"the drop folder {drop} is not there; make one to try with: stedi simulate --to {drop}")
    files = [
        _delivered(source, drop, path)
        for source in SOURCES
        for path in sorted((drop / source / "landing").rglob("*"))
        if path.is_file() and not path.name.startswith((".", "_"))
    ]
    if not files:
        raise UsageError(
            f"nothing is delivered in {drop}: expected files under {drop}/{{{','.join(SOURCES)}}}/landing; "
            f"make some to try with: stedi simulate --to {drop}"
        )
    return files


def _delivered(source: str, drop: Path, path: Path) -> DeliveredFile:
    state, name = path.stat(), path.relative_to(drop).as_posix()
    return DeliveredFile(source, name, str(path.resolve()), state.st_size, state.st_mtime_ns // 1000)


def open_delivered(uri: str) -> BinaryIO:
    """The bytes of a delivered file; also called on executors."""
    return Path(uri).open("rb")
