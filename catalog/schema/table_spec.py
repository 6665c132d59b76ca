"""What a table is: columns, grain, partitioning, personal data and retention, as one declaration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

IcebergType = Literal["string", "long", "int", "double", "boolean", "timestamptz"]

DAY_MS = 86_400_000
"""Milliseconds of a day."""

_SQL_TYPES = {"long": "bigint", "timestamptz": "timestamp"}


class Zone(StrEnum):
    """A zone is one database of the catalog."""

    LANDING = "landing"
    TRUSTED = "trusted"
    CURATED = "curated"
    QUALITY = "quality"


@dataclass(frozen=True)
class Subject:
    """Whom a table's rows belong to: the column that says so, and what it holds.

    Attributes:
        kind: a person's e-mail address, a device's serial number, or a person's pseudonym.
        column: the column.
    """

    kind: Literal["person", "device", "pseudonym"]
    column: str


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: as the source writes it (camelCase); Athena shows it in lower case.
        type: Iceberg's primitive type name.
        doc: what a value means, with its unit.
        required: never null.
        personal: identifies a person or their device; such columns keep no value bounds in manifests.
        traceable: leads to a person for who has more, as a hash or pseudonym does; it keeps no bounds either, but
            readers may see it.
    """

    name: str
    type: IcebergType
    doc: str
    required: bool = False
    personal: bool = False
    traceable: bool = False

    @property
    def sql_type(self) -> str:
        """The type's name in Spark SQL and in Athena's DDL, which are both Hive's."""
        return _SQL_TYPES.get(self.type, self.type)


@dataclass(frozen=True)
class MaintenancePolicy:
    """What ``stedi maintain`` does to a table; how long old snapshots stay is the spec's ``retention_days``.

    Attributes:
        snapshots: so many of the newest stay readable, however old they are.
        files: a table is in about so many files, so that to erase somebody writes little anew: a person's rows stand
            together. Athena reads so many at a time.
        least_file_bytes: files are not written smaller for that.
        target_file_bytes: nor larger.
        small_files: from so many small files of a partition on, they are written together.
        manifests: more than so many are merged, where they are small.
        orphan_hours: what no snapshot reaches may be somebody's unfinished commit for so long: more than any run takes.
    """

    snapshots: int = 1
    files: int = 32
    least_file_bytes: int = 256 * 1024
    target_file_bytes: int = 256 * 1024 * 1024
    small_files: int = 2
    manifests: int = 10
    orphan_hours: int = 24

    def file_bytes(self, table_bytes: int) -> int:
        """About how large the files of a table of this size are written."""
        return min(self.target_file_bytes, max(self.least_file_bytes, table_bytes // self.files))

    def small_file_bytes(self, table_bytes: int) -> int:
        """What is smaller in a table of this size is a small file."""
        return max(self.least_file_bytes // 2, self.file_bytes(table_bytes) // 8)


@dataclass(frozen=True)
class TableSpec:
    """One table of the lake.

    Attributes:
        zone: the database.
        name: the table's name in it.
        doc: what a row is.
        columns: in storage order.
        grain: the columns that together make a row unique.
        partitioning: Iceberg transforms as Spark SQL writes them, such as ``days(readingTime)``.
        subject: whom a row belongs to, where it belongs to somebody.
        instant: the column of the reading's time, epoch ms UTC, where rows are readings.
        retention_days: how long old snapshots stay readable; the erasure deadline is never shorter.
        maintenance: how its files and snapshots are looked after.
    """

    zone: Zone
    name: str
    doc: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]
    partitioning: tuple[str, ...] = ()
    subject: Subject | None = None
    instant: str | None = None
    retention_days: int = 30
    maintenance: MaintenancePolicy = MaintenancePolicy()

    @property
    def identifier(self) -> str:
        """The name people use: ``zone.table``."""
        return f"{self.zone}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in storage order."""
        return tuple(column.name for column in self.columns)

    @property
    def partitioned_by_days_of(self) -> str | None:
        """The timestamp by whose days (UTC) the table is partitioned; None where it is not."""
        return next((transform[len("days(") : -1] for transform in self.partitioning), None)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Names of the columns that hold personal data."""
        return tuple(column.name for column in self.columns if column.personal)

    @property
    def unbounded_columns(self) -> tuple[str, ...]:
        """Names of the columns of which manifests hold counts alone, and no bounds."""
        return tuple(column.name for column in self.columns if column.personal or column.traceable)
