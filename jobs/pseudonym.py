"""Keyed pseudonyms: HMAC-SHA256 of the e-mail address, with a key that is never in the lake."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile

_KEY_BYTES = 32
_DISTINCT_BYTES = 8
"""Fewer different bytes than this among 32 come of no generator: by chance, once in 10^29."""


def pseudonym(person: str, key: bytes) -> str:
    """The pseudonym of a person (a normalised address): 64 hexadecimal digits."""
    return hmac.new(key, person.encode(), hashlib.sha256).hexdigest()


def key_fingerprint(key: bytes) -> str:
    """Tells keys apart without giving one away; part of the run key, so that a new key rebuilds the table."""
    return pseudonym("fingerprint of the pseudonym key", key)[:16]


def key_file() -> Path:
    """Where the key of local lakes is: STEDI_PSEUDONYM_KEY_FILE, else ``stedi/pseudonym.key`` in the user settings."""
    if configured := os.environ.get("STEDI_PSEUDONYM_KEY_FILE"):
        return Path(configured)
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(settings) / "stedi" / "pseudonym.key"


def load_key(profile: Profile | None = None, drop: Path | str | None = None) -> bytes:
    """The key: the lake's own secret, else STEDI_PSEUDONYM_KEY (hexadecimal), else the key file, made on first use.

    Args:
        profile: the lake, in which the file must not lie.
        drop: a drop folder, in which it must not lie either.

    Raises:
        UsageError: the key is not 32 bytes in hexadecimal, or is weak; or its file cannot be read or made, is open to
            others, or lies in the lake.
    """
    if (found := find_key(profile, drop)) is not None:
        return found
    path = key_file()
    _refuse_inside(path, profile, drop)
    try:
        _make(path)
        return _read(path)
    except OSError as error:
        raise _unusable(path, error) from error


def find_key(profile: Profile | None = None, drop: Path | str | None = None) -> bytes | None:
    """The key where there is one, as ``load_key``; None where none was made yet.

    Raises:
        UsageError: as of ``load_key``.
    """
    if profile is not None and (kept := profile.pseudonym_key()) is not None:
        return _decode(kept, f"the secret of the profile {profile.name}")
    if configured := os.environ.get("STEDI_PSEUDONYM_KEY"):
        return _decode(configured, "STEDI_PSEUDONYM_KEY")
    path = key_file()
    _refuse_inside(path, profile, drop)
    try:
        return _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error


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


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(
                f"the pseudonym key {path} is open to others, who may know it by now: make a new one; or, if nobody "
                f"else can get there, close it: chmod 600 {path}"
            )
        return _decode(file.read(4096).decode("ascii", "replace"), str(path))


def _refuse_inside(path: Path, profile: Profile | None, drop: Path | str | None) -> None:
    """Who gets the data must not get the key with it."""
    places = {"the lake": profile.lock_folder if profile is not None else None, "the drop folder": drop}
    for what, folder in places.items():
        if folder is None or str(folder).startswith("s3://"):
            continue
        inside = Path(folder).resolve()
        if inside in (path.resolve().parents) or inside in path.absolute().parents:
            raise UsageError(
                f"the pseudonym key {path} lies in {what} {folder}, so that whoever has one has the other; "
                "keep it elsewhere: set STEDI_PSEUDONYM_KEY_FILE"
            )


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the pseudonym key {path} cannot be read or made: {error.strerror}; set STEDI_PSEUDONYM_KEY_FILE"
    )


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
