"""Keyed pseudonyms: HMAC-SHA256 of the e-mail address, with a key that is never in the lake."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from catalog.profiles.keys import SecretKey

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import Profile

_KEY = SecretKey("pseudonym key", "STEDI_PSEUDONYM_KEY", "pseudonym.key", lambda profile: profile.pseudonym_key())


def pseudonym(person: str, key: bytes) -> str:
    """The pseudonym of a person (a normalised address): 64 hexadecimal digits."""
    return hmac.new(key, person.encode(), hashlib.sha256).hexdigest()


def key_fingerprint(key: bytes) -> str:
    """Tells keys apart without giving one away; part of the run key, so that a new key rebuilds the table."""
    return pseudonym("fingerprint of the pseudonym key", key)[:16]


def load_key(profile: Profile | None = None, drop: Path | str | None = None) -> bytes:
    """The key: the lake's own secret, else STEDI_PSEUDONYM_KEY (hexadecimal), else the key file, made on first use.

    Raises:
        UsageError: as of ``SecretKey.load``.
    """
    return _KEY.load(profile, drop)


def find_key(profile: Profile | None = None, drop: Path | str | None = None) -> bytes | None:
    """The key where there is one, as ``load_key``; None where none was made yet.

    Raises:
        UsageError: as of ``load_key``.
    """
    return _KEY.find(profile, drop)
