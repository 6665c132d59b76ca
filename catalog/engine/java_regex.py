"""Regular expressions of RE2, which DuckDB uses, as Java's that match the same texts."""

from __future__ import annotations

import re

_BLANKS = r"\t\n\f\r "
# What means the same in both, behind a backslash: classes of ASCII, of Unicode by name, and signs that stand for
# themselves.
_CLASSES = "dDwW"
_SIGNS = set("tnfr") | set("\\.^$|?*+()[]{}/-\"'#&~,;:<>=!%@_ ")


def java_pattern(pattern: str) -> str:
    r"""The pattern as Java's.

    Java takes other signs for ends of lines, and ``$`` to stand before the last of them, too; it has sets in sets; and
    ``\s`` holds one more blank.

    Raises:
        ValueError: it has something of which it is not known that it means the same.
    """
    made: list[str] = ["(?d)"]
    place, in_set = 0, False
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            piece, place = _escaped(pattern, place, in_set=in_set)
        else:
            piece, in_set = _plain(pattern, place, in_set=in_set)
            place += 1
            if piece == "[" and pattern[place : place + 1] == "^":
                piece, place = "[^", place + 1
            if piece in {"[", "[^"} and pattern[place : place + 1] == "]":
                raise ValueError("a set that begins with a bracket")
        made.append(piece)
    if in_set:
        raise ValueError("a set without an end")
    return "".join(made)


def always_captures(pattern: str) -> bool:
    """Whether it has one group, which every match fills: where one does not, DuckDB gives null, and Java an empty text.

    In doubt, it is taken not to.
    """
    bare = re.sub(r"\[\^?(?:\\.|[^\]\\])*\]", "s", re.sub(r"\\[^\[\]]", "e", pattern))
    before, opening, after = re.sub(r"\(\?:", "<", bare).partition("(")
    if not opening or set(bare) & set("|\\") or "(" in after or "<" in before:
        return False
    depth = 1
    for place, sign in enumerate(after):
        depth += (sign == "<") - (sign == ")")
        if not depth:
            return after[place + 1 : place + 2] not in {"?", "*", "{"}
    return False


def _plain(pattern: str, place: int, *, in_set: bool) -> tuple[str, bool]:
    sign = pattern[place]
    if in_set:
        if sign == "[" and pattern[place + 1 : place + 2] == ":":
            raise ValueError("a set with a name")
        return ("\\" + sign if sign in "[&" else sign), sign != "]"
    if sign == "(" and pattern[place + 1 : place + 2] == "?" and pattern[place + 1 : place + 3] != "?:":
        raise ValueError("a group of a kind of its own")
    return ("\\z" if sign == "$" else sign), sign == "["


def _escaped(pattern: str, place: int, *, in_set: bool) -> tuple[str, int]:
    sign = pattern[place + 1 : place + 2]
    if sign in {"p", "P"}:
        end = pattern.find("}", place) + 1
        if pattern[place + 2 : place + 3] != "{" or not end:
            raise ValueError("a class without braces")
        return pattern[place:end], end
    if sign == "s":
        return (_BLANKS if in_set else f"[{_BLANKS}]"), place + 2
    if sign and (sign in _SIGNS or sign in _CLASSES):
        return pattern[place : place + 2], place + 2
    raise ValueError("an escape that is not known")
