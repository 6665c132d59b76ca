"""Named queries: the questions that come back, as Athena's SQL, one file each.

A file begins with what it answers, then a line for each ``?`` in order: ``-- ? name type: what it is``. Athena runs the
text as it is; values are bound as execution parameters there and here, never pasted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from catalog.errors import UsageError
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from catalog.profiles.profile import Profile

FOLDER = Path(__file__).parent
_PARAMETER = re.compile(r"-- \? (?P<name>\w+) (?P<type>timestamp|varchar|bigint): (?P<doc>.+)")
ParameterType = Literal["timestamp", "varchar", "bigint"]


@dataclass(frozen=True)
class Parameter:
    """A value that a named query needs.

    Attributes:
        name: what users call it.
        type: timestamp (UTC unless an offset is written; also a tag or a snapshot id), varchar or bigint.
        doc: what it means.
    """

    name: str
    type: ParameterType
    doc: str

    def __str__(self) -> str:
        return f"{self.name} ({self.type}): {self.doc}"


@dataclass(frozen=True)
class NamedQuery:
    """A query of this folder.

    Attributes:
        name: its file's name without the ending.
        answers: what it answers, in a sentence.
        places: the parameter of each ``?``, in order; one can stand in several places.
        sql: the text, comments included.
    """

    name: str
    answers: str
    places: tuple[Parameter, ...]
    sql: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a user has to give, each once."""
        return tuple({parameter.name: parameter for parameter in reversed(self.places)}.values())[::-1]


def named_queries() -> list[NamedQuery]:
    """All of them, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.sql"))]


def named_query(name: str) -> NamedQuery:
    """The query of that name.

    Raises:
        UsageError: there is none.
    """
    queries = {query.name: query for query in named_queries()}
    if name not in queries:
        close = did_you_mean(name, queries) or f"; the named queries are: {', '.join(queries)}"
        raise UsageError(f"there is no query {name!r}{close}")
    return queries[name]


def _read(path: Path) -> NamedQuery:
    sql = path.read_text(encoding="utf-8")
    comments = [line for line in sql.splitlines() if line.startswith("-- ")]
    answers = " ".join(line.removeprefix("-- ") for line in comments if not line.startswith("-- ?"))
    found = [_PARAMETER.fullmatch(line) for line in comments if line.startswith("-- ?")]
    if None in found or not answers:
        raise ValueError(f"{path.name}: the header says what is answered, then '-- ? name type: doc' for each ?")
    places = tuple(
        Parameter(match["name"], cast("ParameterType", match["type"]), match["doc"]) for match in found if match
    )
    return NamedQuery(path.stem, answers, places, sql)


def bound(query: NamedQuery, given: Sequence[str], profile: Profile | None = None) -> tuple[str, ...]:
    """A constant of Athena's SQL for each ``?``, from what the user gave as NAME=VALUE.

    Args:
        query: the query.
        given: what the user gave.
        profile: the lake, in which a moment can be a tag or a snapshot id: the time at which readers saw it.

    Raises:
        UsageError: a value is missing, is not of its type, or is for no parameter.
    """
    values: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        known = {parameter.name for parameter in query.parameters}
        if not equals or name not in known:
            raise UsageError(f"{query.name} takes {_usage(query)}{did_you_mean(name, known - {name})}")
        values[name] = value
    if missing := [parameter for parameter in query.parameters if parameter.name not in values]:
        raise UsageError(f"{query.name} needs {'; '.join(map(str, missing))}. Give it as {_usage(query)}")
    return tuple(constant(parameter, values[parameter.name], profile) for parameter in query.places)


def constant(parameter: Parameter, value: str, profile: Profile | None = None) -> str:
    """The value as SQL of a constant: quoted, so that it can be nothing else."""
    if parameter.type == "timestamp":
        return f"TIMESTAMP '{_instant(value, profile):%Y-%m-%d %H:%M:%S.%f} UTC'"
    if parameter.type == "bigint":
        try:
            return str(int(value))
        except ValueError:
            raise UsageError(f"{parameter.name} is a whole number") from None
    from catalog.query.literals import quoted

    return quoted(value)


def _instant(value: str, profile: Profile | None) -> datetime:
    from catalog.query.literals import instant

    try:
        return instant(value)
    except UsageError:
        if profile is None:
            raise
        from catalog.query.as_of import instant_of
        from catalog.query.moment import Moment

        return instant_of(Moment(profile).tables, value)


def _usage(query: NamedQuery) -> str:
    options = " ".join(f'--param {parameter.name}="…"' for parameter in query.parameters)
    return options or "no --param"
