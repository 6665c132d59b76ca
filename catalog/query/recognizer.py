"""Whether a text follows the grammar: each rule is tried once at each token, so the work grows with the text alone."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from catalog.query.functions import FUNCTION_NAMES
from catalog.query.grammar import GRAMMAR, NAMES, NO_ALIAS, RESERVED
from catalog.query.lexer import check_boundaries, lexemes, place
from catalog.query.refusal import RefusedQueryError, no_function, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Gives where the match that starts at a token ends, None where there is none.
    Match = Callable[["Reading", int], int | None]

_NOTATION = re.compile(r"\s*(?:(?P<rule>[a-z_]+)|(?P<word>[A-Z_]+)|'(?P<sign>[^']+)'|<(?P<kind>[a-z]+)>|(?P<mark>\S))")


class Reading:
    """A text read by the grammar: its tokens, what is known of each rule at each of them, how far any rule came."""

    def __init__(self, sql: str) -> None:
        """Read a text.

        Raises:
            RefusedQueryError: it has what is no token, or is nested too deeply.
        """
        import sqlglot
        from sqlglot.tokenizer_core import TokenType

        parsed = sqlglot.tokenize(sql, dialect="athena")
        self.sql, self.tokens = sql, lexemes(sql)
        self.plain = {token.start for token in parsed if token.token_type is TokenType.VAR}
        self.words = [token.text.upper() if token.kind == "word" else "" for token in self.tokens]
        self.known: dict[tuple[str, int], int | None] = {}
        self.furthest = 0
        self._parsed_ends = [token.end + 1 for token in parsed]
        try:
            self._matched = _rules()["statement"](self, 0) is not None
        except RecursionError:
            raise unsupported("a query that is nested so deeply") from None

    def take(self, position: int, *, matches: bool) -> int | None:
        """The position behind a token that matches."""
        self.furthest = max(self.furthest, position)
        return position + 1 if matches else None

    def check_functions(self) -> None:
        """Refuse functions that only other engines know: the parser takes some for others of the same meaning.

        Raises:
            RefusedQueryError: one is called.
        """
        for (rule, position), end in self.known.items():
            name = self.tokens[position].text.strip('"').lower() if rule == "call" and end is not None else None
            if name is not None and name not in FUNCTION_NAMES:
                raise no_function(name)

    def check(self) -> None:
        """Refuse a text that does not follow the grammar, or that the parser's tokenizer cuts in another way.

        Raises:
            RefusedQueryError: it does not.
        """
        check_boundaries(self.sql, self.tokens, self._parsed_ends)
        if not self._matched:
            raise RefusedQueryError(
                f"not in the part of Athena's grammar that the embedded engine answers: {_at(self)}"
            )


def _at(reading: Reading) -> str:
    """Where reading stopped; names and constants are not quoted, for they could be personal."""
    if reading.furthest >= len(reading.tokens):
        return "the query ends too early"
    token = reading.tokens[reading.furthest]
    shown = token.kind == "sign" or token.text.upper() in RESERVED
    kinds = {"string": "a string", "number": "a number"}
    return f"{token.text if shown else kinds.get(token.kind, 'a name')} at {place(reading.sql, token.start)}"


@cache
def _rules() -> dict[str, Match]:
    rules: dict[str, Match] = {}
    for line in GRAMMAR.strip().splitlines():
        name, _, text = line.partition(":")
        if text:
            marks = list(_NOTATION.finditer(text.rstrip()))
            rules[name] = _remembered(name, _alternatives(iter(marks), rules))
    return rules


def _remembered(name: str, match: Match) -> Match:
    def rule(reading: Reading, position: int) -> int | None:
        key = (name, position)
        if key not in reading.known:
            reading.known[key] = match(reading, position)
        return reading.known[key]

    return rule


def _alternatives(marks: Iterator[re.Match[str]], rules: dict[str, Match]) -> Match:
    """Reads the notation up to the bracket that closes it."""
    options: list[list[Match]] = [[]]
    for mark in marks:
        sign = mark["mark"]
        if sign is not None and sign in ")]}":
            break
        if sign == "|":
            options.append([])
        elif sign is not None:
            options[-1].append(_bracketed(sign, _alternatives(marks, rules)))
        else:
            options[-1].append(_single(mark, rules))
    sequences = [_sequence(option) for option in options]
    return sequences[0] if len(sequences) == 1 else _first_of(sequences)


def _bracketed(sign: str, inner: Match) -> Match:
    def optional(reading: Reading, position: int) -> int:
        end = inner(reading, position)
        return position if end is None else end

    def repeated(reading: Reading, position: int) -> int:
        while (end := inner(reading, position)) is not None and end > position:
            position = end
        return position

    return {"(": inner, "[": optional, "{": repeated}[sign]


def _sequence(parts: list[Match]) -> Match:
    def match(reading: Reading, position: int) -> int | None:
        for part in parts:
            end = part(reading, position)
            if end is None:
                return None
            position = end
        return position

    return parts[0] if len(parts) == 1 else match


def _first_of(options: list[Match]) -> Match:
    def match(reading: Reading, position: int) -> int | None:
        for option in options:
            if (end := option(reading, position)) is not None:
                return end
        return None

    return match


def _single(mark: re.Match[str], rules: dict[str, Match]) -> Match:
    if rule := mark["rule"]:
        return lambda reading, position: rules[rule](reading, position)  # noqa: PLW0108 - rules name later ones
    if kind := mark["kind"]:
        return lambda reading, position: reading.take(position, matches=_is(reading, position, kind))
    word, sign = mark["word"], mark["sign"]

    def match(reading: Reading, position: int) -> int | None:
        if position >= len(reading.tokens):
            return reading.take(position, matches=False)
        token = reading.tokens[position]
        matches = reading.words[position] == word if word else token.kind == "sign" and token.text == sign
        return reading.take(position, matches=matches)

    return match


def _is(reading: Reading, position: int, kind: str) -> bool:
    if position >= len(reading.tokens):
        return kind == "end"
    token = reading.tokens[position]
    if kind == "integer":
        return token.kind == "number" and token.text.isdecimal()
    if kind in {"name", "alias"}:
        return token.kind == "quoted" or (token.kind == "word" and _names(reading, position, kind))
    return token.kind == kind


def _names(reading: Reading, position: int, kind: str) -> bool:
    """Whether a word is a name both to Trino and to the parser, which has words of its own, such as ISNULL."""
    word, plain = reading.words[position], reading.tokens[position].start in reading.plain
    if kind == "alias":
        return plain and word not in NO_ALIAS
    return word not in RESERVED and (plain or word in NAMES)
