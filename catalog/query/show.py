"""SHOW and DESCRIBE, as Athena answers them: what the lake has, without reading a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from catalog.errors import UsageError
from catalog.query.refusal import invalid, unsupported
from catalog.query.result import Result, ResultColumn
from catalog.specs import TABLES
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyiceberg.table import StaticTable

    from catalog.query.moment import Moment

_FIRST_WORDS = frozenset({"show", "describe", "desc"})
_PARTS = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/|'(?P<text>(?:[^']|'')*)'|"(?P<quoted>(?:[^"]|"")*)"|`(?P<ticked>[^`]*)`"""
    r"""|(?P<word>[\w$]+)|(?P<mark>.)""",
    re.DOTALL,
)
_NAMES = ("word", "quoted", "ticked")
_GLUE_TYPES = {"long": "bigint", "timestamptz": "timestamp"}
_USAGE = "SHOW DATABASES, SHOW TABLES IN zone, SHOW COLUMNS IN zone.table, or DESCRIBE zone.table"


@dataclass(frozen=True)
class Show:
    """What is asked to be shown.

    Attributes:
        what: databases, tables, columns, or all that is known of a table.
        names: the database or table, with what stands before its dots; empty where none is named.
        pattern: of names, with ``*`` and ``|``, as Athena has it; None: all.
    """

    what: Literal["databases", "tables", "columns", "table"]
    names: tuple[str, ...] = ()
    pattern: str | None = None


def parse_show(sql: str) -> Show | None:
    """What a text asks to be shown; None where it is another statement.

    Raises:
        RefusedQueryError: it begins with SHOW or DESCRIBE, and goes on otherwise than it should.
    """
    parts = [(match.lastgroup or "", match[match.lastgroup]) for match in _PARTS.finditer(sql) if match.lastgroup]
    words = [text.lower() if kind == "word" else text for kind, text in parts]
    if not words or parts[0][0] != "word" or words[0] not in _FIRST_WORDS:
        return None
    while words and words[-1] == ";" and parts[-1][0] == "mark":
        words.pop()
        parts.pop()
    return _Reader(parts, words).statement()


def without_end(sql: str) -> str:
    """The text without the semicolons at its end and the comments around them."""
    end = 0
    for match in _PARTS.finditer(sql):
        if match.lastgroup and match[0] != ";":
            end = match.end()
    return sql[:end]


def with_databases_prefixed(sql: str, zones: Collection[str], prefix: str) -> str:
    """The text with each zone, behind IN or FROM or before a dot, under the name that its database has."""
    parts = [match for match in _PARTS.finditer(sql) if match.lastgroup]
    for index in range(len(parts) - 1, 0, -1):
        part, before = parts[index], parts[index - 1]
        zone = (part[part.lastgroup or 0] or "").lower()
        follows = before[0].lower() in {"in", "from"} or (index + 1 < len(parts) and parts[index + 1][0] == ".")
        if zone in zones and follows and part.lastgroup in _NAMES:
            sql = f"{sql[: part.start()]}{prefix}{zone}{sql[part.end() :]}"
    return sql


class _Reader:
    """Reads the parts of a statement from left to right."""

    def __init__(self, parts: Sequence[tuple[str, str]], words: Sequence[str]) -> None:
        self._parts, self._words, self._at = parts, words, 0

    def statement(self) -> Show:
        if self._take("describe", "desc"):
            self._take("extended", "formatted")
            found = Show("table", self._names())
        else:
            self._take("show")
            found = self._shown()
        if self._at < len(self._words):
            raise invalid(f"unexpected text after a SHOW or DESCRIBE statement; write {_USAGE}")
        return found

    def _shown(self) -> Show:
        if self._take("databases", "schemas"):
            if self._take("in", "from"):
                self._names()  # the catalog
            return Show("databases", (), self._pattern())
        if self._take("tables"):
            names = self._names() if self._take("in", "from") else ()
            return Show("tables", names, self._pattern())
        if self._take("columns"):
            if not self._take("in", "from"):
                raise invalid("SHOW COLUMNS must be followed by IN zone.table")
            names = self._names()
            if self._take("in", "from"):
                names = (*self._names(), *names)
            return Show("columns", names)
        what = f"SHOW {self._words[self._at].upper()}" if self._is("word") else "SHOW"
        raise unsupported(what, f"it answers {_USAGE}")

    def _is(self, *kinds: str) -> bool:
        return self._at < len(self._parts) and self._parts[self._at][0] in kinds

    def _take(self, *words: str) -> bool:
        if self._is("word") and self._words[self._at] in words:
            self._at += 1
            return True
        return False

    def _names(self) -> tuple[str, ...]:
        names = []
        while self._is(*_NAMES):
            names.append(self._words[self._at].lower())
            self._at += 1
            if not (self._is("mark") and self._words[self._at] == "."):
                return tuple(names)
            self._at += 1
        raise invalid(f"a name is missing; write {_USAGE}")

    def _pattern(self) -> str | None:
        liked = self._take("like")
        if self._is("text"):
            self._at += 1
            return self._words[self._at - 1]
        if liked:
            raise invalid("LIKE must be followed by a pattern in quotes, such as 'customer*'")
        return None


def answer_show(asked: Show, moment: Moment) -> Result:
    """What is asked for.

    Raises:
        UsageError: there is no such database or table.
    """
    if asked.what == "databases":
        zones = sorted({name.partition(".")[0] for name in moment.names})
        return _result(("database_name",), [(zone,) for zone in _matching(zones, asked.pattern)])
    if asked.what == "tables":
        return _result(("tab_name",), [(name,) for name in _matching(_tables(asked.names, moment), asked.pattern)])
    identifier, kind = moment.identified(asked.names)
    if kind is not None:
        raise unsupported("the columns of metadata tables", "SELECT * … LIMIT 0 shows them")
    if asked.what == "columns":
        return _result(("field",), [(column.name,) for column, _ in moment.columns(identifier)])
    return _result(("col_name", "data_type", "comment"), _described(identifier, moment.table(identifier)))


def _tables(names: tuple[str, ...], moment: Moment) -> list[str]:
    """The tables of a database; of all of them, with their names before, where none is named."""
    zone = names[-1] if names else moment.database
    if zone is None:
        return moment.names
    zones = {name.partition(".")[0] for name in moment.names}
    if zone not in zones:
        raise UsageError(
            f"there is no database {zone}; they are: {', '.join(sorted(zones))}{did_you_mean(zone, zones)}"
        )
    return [name.partition(".")[2] for name in moment.names if name.startswith(f"{zone}.")]


def _matching(names: Sequence[str], pattern: str | None) -> list[str]:
    if pattern is None:
        return list(names)
    # On Athena, * and | are all that such a pattern has.
    wanted = "|".join(".*".join(map(re.escape, each.split("*"))) for each in pattern.lower().split("|"))
    return [name for name in names if re.fullmatch(wanted, name.lower())]


def _described(identifier: str, table: StaticTable) -> list[tuple[str, str, str]]:
    """Columns with their types in the catalog and their docs, then the partitioning, as Athena has it for Iceberg."""
    spec = TABLES.get(identifier)
    docs = {column.name: column.doc for column in spec.columns} if spec else {}
    rows = [
        (
            field.name.lower(),
            _GLUE_TYPES.get(str(field.field_type), str(field.field_type)),
            field.doc or docs.get(field.name, ""),
        )
        for field in table.schema().fields
    ]
    fields = table.spec().fields
    if fields:
        rows += [("", "", ""), ("# Partition spec:", "", ""), ("# field_name", "field_transform", "column_name")]
    for field in fields:
        source = table.schema().find_column_name(field.source_id) or ""
        rows.append((field.name.lower(), str(field.transform), source.lower()))
    return rows


def _result(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Result:
    import pyarrow as pa

    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    batch = pa.RecordBatch.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)
    return Result(
        tuple(ResultColumn(name, "varchar") for name in names), pa.RecordBatchReader.from_batches(schema, [batch])
    )
