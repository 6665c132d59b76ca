"""How DuckDB's SQL names data files of tables, their columns, and the rows that delete files delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyiceberg.schema import Schema

TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}
"""DuckDB's name of each of Iceberg's types that tables have."""


def path_of(location: str) -> str:
    """A file's location as DuckDB reads and names it."""
    return location.removeprefix("file://").removeprefix("file:")


def listed(locations: Iterable[str]) -> str:
    """A list of files in DuckDB's SQL."""
    return "[" + ", ".join("'" + path_of(location).replace("'", "''") + "'" for location in locations) + "]"


def quoted(names: Iterable[str]) -> str:
    """Column names as a list in SQL."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def deleted_positions(deletes: Sequence[str]) -> str:
    """SQL of the rows that delete files delete: filename as DuckDB names it, and file_row_number."""
    plain = "regexp_replace(file_path, '^file:(//)?', '')"
    return f"SELECT DISTINCT {plain} AS filename, pos AS file_row_number FROM read_parquet({listed(deletes)})"


def by_field_id(schema: Schema) -> str:
    """How DuckDB finds a column in files: by Iceberg's field id; files from before a column was added lack it."""
    fields = (
        f"{field.field_id}: {{name: '{field.name}', type: '{TYPES[str(field.field_type)]}', default_value: NULL}}"
        for field in schema.fields
    )
    return f"MAP {{{', '.join(fields)}}}"
