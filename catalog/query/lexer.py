"""Trino's lexical rules: what of a text is one word, one number, one string.

sqlglot's tokenizer is more lenient (``1_000`` is a number and a name to it, comments nest), so the text is also read
by these rules, and refused where the two see different tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.query.refusal import invalid, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A number ends where no letter, digit or point follows: "1_000" and "1a" are no numbers here.
_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r\n]+ | --[^\r\n]* | /\*.*?\*/ )
    | (?P<string> '(?:[^']|'')*' )
    | (?P<quoted> "(?:[^"]|"")+" )
    | (?P<number> (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)? (?![A-Za-z0-9_.]) )
    | (?P<other_number> [0-9][0-9_]*(?:\.[0-9_]*)?(?![A-Za-z0-9_.]) | 0[xXoObB][0-9a-fA-F_]+(?![A-Za-z0-9_.]) )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<sign> <> | != | <= | >= | \|\| | [-+*/%=<>(),.;\[\]?] )
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Lexeme:
    """A token: its kind (string, quoted, number, word, sign), its text, and where it starts and ends in the query."""

    kind: str
    text: str
    start: int
    end: int


def lexemes(sql: str) -> list[Lexeme]:
    """The tokens of a text, without spaces and comments.

    Raises:
        RefusedQueryError: something in it is no token of Trino's, or one that this engine does not answer.
    """
    found, position = [], 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise invalid(f"{place(sql, position)} has an unexpected character or an unclosed quote")
        kind = str(match.lastgroup)
        if kind == "other_number":
            raise unsupported("numbers written with _ or in base 2, 8 or 16", "write them in decimal digits alone")
        if kind != "space":
            found.append(Lexeme(kind, match.group(), position, match.end()))
        position = match.end()
    return found


def place(sql: str, position: int) -> str:
    """A position of a text as people count: ``line 1, column 8``."""
    line = sql.count("\n", 0, position) + 1
    return f"line {line}, column {position - sql.rfind(chr(10), 0, position)}"


def check_boundaries(sql: str, found: Sequence[Lexeme], ends: Iterable[int]) -> None:
    """Refuse a text where the parser's tokens end elsewhere than ours: it then reads something else than Trino does.

    Args:
        sql: the text.
        found: the tokens of it.
        ends: where each of the parser's tokens ends; it makes one token of some pairs, such as GROUP BY.
    """
    known = {lexeme.end for lexeme in found}
    # The parser reads .5 as a point and a number.
    known |= {lexeme.start + 1 for lexeme in found if lexeme.kind == "number" and lexeme.text.startswith(".")}
    for end in ends:
        if end not in known:
            raise invalid(f"{place(sql, end)} follows something that Trino reads in another way")
