"""The pointers of a local catalog, all written at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from catalog.lake import connect_catalog
from catalog.profiles.profile import CATALOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.profiles.profile import LocalProfile

_ZONE = "INSERT OR IGNORE INTO iceberg_namespace_properties VALUES (?, ?, 'exists', 'true')"
_TABLE = """
INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET metadata_location = excluded.metadata_location, previous_metadata_location = NULL"""


def write_pointers(profile: LocalProfile, pointers: Mapping[str, str]) -> None:
    """Let the catalog, which is made where there is none, say where tables' metadata is; in one transaction."""
    connect_catalog(profile).close()
    named = [(*identifier.split(".", 1), location) for identifier, location in pointers.items()]
    with closing(sqlite3.connect(profile.catalog_file)) as connection, connection:
        connection.executemany(_ZONE, sorted({(CATALOG, zone) for zone, _, _ in named}))
        connection.executemany(_TABLE, [(CATALOG, *row) for row in named])
