"""Secret keys of a lake: in a secret on AWS, a variable, or a file outside of the lake, made on first use."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.profiles.profile import Profile

_KEY_BYTES = 32
_DISTINCT_BYTES = 8
"""Fewer different bytes than this among 32 come of no generator: by chance, once in 10^29."""


@dataclass(frozen=True)
class SecretKey:
    """A key of 32 bytes, and where it is kept.

    Attributes:
        what: it is, for people.
        variable: that holds it in hexadecimal; with ``_FILE`` behind, the one that names its file.
        file_name: of its file in the user's settings.
        kept: what a lake's own secret holds; None where it has none.
    """

    what: str
    variable: str
    file_name: str
    kept: Callable[[Profile], str | None]

    def file(self) -> Path:
        """Where the key of local lakes is: what the variable names, else a file in the user's settings."""
        if configured := os.environ.get(f"{self.variable}_FILE"):
            return Path(configured)
        settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        return Path(settings) / "stedi" / self.file_name

    def load(self, profile: Profile | None = None, drop: Path | str | None = None) -> bytes:
        """The key: the lake's own secret, else the variable (hexadecimal), else the key file, made on first use.

        Args:
            profile: the lake, in which the file must not lie.
            drop: a drop folder, in which it must not lie either.

        Raises:
            UsageError: the key is not 32 bytes in hexadecimal, or is weak; or its file cannot be read or made, is open
                to others, or lies in the lake.
        """
        if (found := self.find(profile, drop)) is not None:
            return found
        path = self.file()
        try:
            _make(path)
            return self._read(path)
        except OSError as error:
            raise self._unusable(path, error) from error

    def find(self, profile: Profile | None = None, drop: Path | str | None = None) -> bytes | None:
        """The key where there is one, as ``load``; None where none was made yet.

        Raises:
            UsageError: as of ``load``.
        """
        if profile is not None and (kept := self.kept(profile)) is not None:
            return _decode(kept, f"the secret of the profile {profile.name}")
        if configured := os.environ.get(self.variable):
            return _decode(configured, self.variable)
        path = self.file()
        self._refuse_inside(path, profile, drop)
        try:
            return self._read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(path, error) from error

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    f"the {self.what} {path} is open to others, who may know it by now: make a new one; or, if nobody "
                    f"else can get there, close it: chmod 600 {path}"
                )
            return _decode(file.read(4096).decode("ascii", "replace"), str(path))

    def _refuse_inside(self, path: Path, profile: Profile | None, drop: Path | str | None) -> None:
        """Who gets the data must not get the key with it."""
        places = {"the lake": profile.lock_folder if profile is not None else None, "the drop folder": drop}
        for what, folder in places.items():
            if folder is None or str(folder).startswith("s3://"):
                continue
            inside = Path(folder).resolve()
            if inside in (path.resolve().parents) or inside in path.absolute().parents:
                raise UsageError(
                    f"the {self.what} {path} lies in {what} {folder}, so that whoever has one has the other; "
                    f"keep it elsewhere: set {self.variable}_FILE"
                )

    def _unusable(self, path: Path, error: OSError) -> UsageError:
        return UsageError(f"the {self.what} {path} cannot be read or made: {error.strerror}; set {self.variable}_FILE")


def _make(path: Path) -> None:
    """Make a key, unless another process does at the same time: its key is then the one. No file is ever half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        Path(unfinished).unlink()


def _is_weak(key: bytes) -> bool:
    """Whether somebody made it up: few different bytes, or each as far from the one before as the next from it."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(set(key)) < _DISTINCT_BYTES or len(steps) == 1


def _decode(text: str, origin: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{origin} must hold {_KEY_BYTES} bytes as {2 * _KEY_BYTES} hexadecimal digits")
    if _is_weak(key):
        raise UsageError(f"the key in {origin} can be guessed: make one with: openssl rand -hex {_KEY_BYTES}")
    return key
