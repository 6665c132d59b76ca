"""What a parser found wrong with a text, in words of SQL's: where, and at which word; never a value of the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.tokenizer_core import Token

_EXPECTING = re.compile(r"Expect(?:ed|ing) (?:closing )?([()\]]|[A-Z ]+)(?: |$)")
_SAID = {"TYPE": "a type"}
_OPENED = {")": "(", "]": "["}


def syntax_error(error: Exception, tokens: Sequence[Token]) -> str:
    """What is wrong, from the parser's first error and the tokens of the text."""
    found = getattr(error, "errors", None)
    if not found:
        return "it has characters that do not belong there, or a quote that is not closed"
    line, column = found[0].get("line"), found[0].get("col")
    description = str(found[0].get("description", ""))
    if expected := _EXPECTING.match(description):
        word = expected[1].strip()
        what = f"{_SAID.get(word, word)} is missing" + (f", which closes a {_OPENED[word]}" if word in _OPENED else "")
    elif "Unexpected" not in description and tokens and (line, column) == (tokens[-1].line, tokens[-1].col):
        what = f"it ends too early, behind {_named(tokens[-1])}"
    else:
        token = next((token for token in tokens if (token.line, token.col) == (line, column)), None)
        what = f"{_named(token)} does not belong there" if token else "something does not belong there"
    return f"{what} (line {line}, column {column})"


def _named(token: Token) -> str:
    """A word or mark as it is written; of a value only that it is one, as it could be somebody's."""
    from sqlglot.tokenizer_core import TokenType

    if token.token_type is TokenType.STRING:
        return "a text"
    if token.token_type is TokenType.NUMBER:
        return "a number"
    return token.text or "a name"
