"""Keyed pseudonyms: HMAC-SHA256 of the e-mail address, with a key that is never in the lake."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from catalog.profile import Profile

_KEY_BYTES = 32


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


def load_key(profile: Profile | None = None) -> bytes:
    """The key: the lake's own secret, else STEDI_PSEUDONYM_KEY (hexadecimal), else the key file, made on first use.

    Raises:
        UsageError: the key is not 32 bytes in hexadecimal, or its file cannot be read or made.
    """
    if profile is not None and (kept := profile.pseudonym_key()) is not None:
        return _decode(kept, f"the secret of the profile {profile.name}")
    if configured := os.environ.get("STEDI_PSEUDONYM_KEY"):
        return _decode(configured, "STEDI_PSEUDONYM_KEY")
    path = key_file()
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="ascii")
        return _decode(path.read_text(encoding="ascii"), str(path))
    except OSError as error:
        raise UsageError(
            f"the pseudonym key {path} cannot be read or made: {error.strerror}; set STEDI_PSEUDONYM_KEY_FILE"
        ) from error


def _decode(text: str, origin: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{origin} must hold {_KEY_BYTES} bytes as {2 * _KEY_BYTES} hexadecimal digits")
    return key
