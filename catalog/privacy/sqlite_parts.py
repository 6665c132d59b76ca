"""SQLite files: rows, and every page as it is, those that are free among them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from catalog.privacy.neighbours import Layout
from catalog.privacy.part import Part, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
"""How write-ahead logs and rollback journals begin."""


def sqlite_parts(data: bytes) -> Iterator[Part]:
    """Rows of every table, which may be spread over pages; then the pages, in which fields touch each other.

    Raises:
        sqlite3.Error: the file is damaged.
    """
    # A file in WAL mode cannot be opened from memory; its log is a file of its own.
    opened = data[:18] + b"\x01\x01" + data[20:]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(opened)
        connection.text_factory = bytes
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table.decode()}"')
            yield fields("SQLite rows", (value for row in rows for value in row if isinstance(value, bytes)))
    yield Part("SQLite pages", data, Layout.PAGES, last=True)
