"""Keys that differ by case or spelling from a declared one.

A file whose every record has one and the same variant of a key that is not about consent is read by it. Anywhere else
a variant refuses its record: read as an unknown field, it would be a consent or a withdrawal that nobody sees.
``lastUpdateDate`` is a key like the others: the rule is the same for all records of a file, so it cannot reorder some.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobs.reader.fields import fields
from jobs.reader.people import plain_key

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of keys of some 24 letters: two letters wrong, missing, too many or exchanged.
_NEARLY = 0.9
_LONGEST_KEY = 100

Variants = tuple[tuple[str, str], ...]
"""Pairs of a key as a file spells it, and the declared key that it stands for."""


@lru_cache(maxsize=10_000)
def declared_like(source: str, key: str) -> str | None:
    """The declared key that another key is nearly; None for a key that is declared itself, or like none."""
    names = [column.name for column in fields(source)]
    if key in names or len(key) > _LONGEST_KEY:
        return None
    plain = plain_key(key)
    for name in names:
        if plain == name.lower():
            return name
    near = [name for name in names if is_consent(name) and _nearly(plain, name.lower())]
    return near[0] if near else None


def _nearly(key: str, name: str) -> bool:
    return SequenceMatcher(None, key, name, autojunk=False).ratio() >= _NEARLY


def is_consent(name: str) -> bool:
    """Whether a declared key is about consent."""
    return name.startswith("shareWith")


class FileVariants:
    """Finds the variants that every record of a file has. Records that cannot be read say nothing."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[str, str] | None = None

    @property
    def settled(self) -> bool:
        """Whether no further record can change what was found: there are none."""
        return self._found == {}

    @property
    def variants(self) -> Variants:
        """What was found, in order."""
        return tuple(sorted((self._found or {}).items()))

    def look(self, record: Mapping[str, Any]) -> None:
        """Look at the next record."""
        like = _variants_of(record, self._source)
        if self._found is None:
            self._found = like
        else:
            self._found = {key: name for key, name in self._found.items() if like.get(key) == name}


def _variants_of(record: Mapping[str, Any], source: str) -> dict[str, str]:
    """The variants that may stand for a declared key: the only ones of it in the record."""
    like = [(key, name) for key in record if (name := declared_like(source, key))]
    names = [name for _, name in like]
    return {key: name for key, name in like if names.count(name) == 1 and name not in record and not is_consent(name)}


def misspelt(record: Mapping[str, Any], source: str) -> str | None:
    """In words, a key of the record that is a variant of a declared one; None where there is none."""
    declared = {column.name for column in fields(source)}
    for key in record:
        if key not in declared and (name := declared_like(source, key)):
            shown = key if key.isascii() and key.isprintable() else "otherwise"
            return f"{name} is spelt {shown}{', beside itself' if name in record else ''}"
    return None
