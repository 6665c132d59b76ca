"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKE_ENOUGH = 0.77
_MOST = 3


def close_to(name: str, known: Iterable[str]) -> list[str]:
    """The known names that are spelt nearly like it, the nearest first; case does not matter."""
    by_lower = {one.lower(): one for one in known}
    return [by_lower[each] for each in get_close_matches(name.lower(), by_lower, _MOST, _LIKE_ENOUGH)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` to go behind a message; empty where nothing is like it."""
    found = close_to(name, known)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def close_tables(name: str, known: Iterable[str]) -> list[str]:
    """The tables (``zone.table``) that a name, with a zone or without, is nearly spelt like."""
    tables = list(known)
    if "." in name and (found := close_to(name, tables)):
        return found
    bare = name.rpartition(".")[2]
    likes = close_to(bare, {table.partition(".")[2] for table in tables})
    return [table for like in likes for table in tables if table.partition(".")[2] == like]
