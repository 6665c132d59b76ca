"""A lake that is open: where it is, and its catalog, through which all metadata is read and every commit is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.clock import keep_order
from catalog.machine.lean_imports import without_pandas
from catalog.profiles.profile import CATALOG

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec


def connect_catalog(profile: Profile) -> Catalog:
    """The lake's catalog in pyiceberg, made where there is none."""
    from pyiceberg.catalog import load_catalog as load

    with without_pandas():
        import pyiceberg.io.pyarrow  # noqa: F401 - what reads metadata; else found when it is first needed

    return keep_order(load(CATALOG, **profile.pyiceberg_properties()))


def load_catalog(profile: Profile) -> Catalog:
    """The catalog of a lake that is there.

    Raises:
        UsageError: there is no lake.
    """
    profile.must_exist()
    return connect_catalog(profile)


def load_table(profile: Profile, spec: TableSpec, catalog: Catalog | None = None) -> Table:
    """The table, from the lake's catalog or the one that is open already.

    Raises:
        UsageError: there is no lake.
        NoSuchTableError: pyiceberg's: the lake misses the table.
    """
    return (catalog or load_catalog(profile)).load_table((profile.database(spec.zone), spec.name))


HISTORY = "stedi.history"
"""Table property: which rewriting of the table's history was the last, where there was one."""


@dataclass(frozen=True)
class Lake:
    """A lake's profile and its catalog in pyiceberg; needs no JVM.

    Attributes:
        profile: where the lake is.
        catalog: its catalog.
    """

    profile: Profile
    catalog: Catalog
    _known: dict[TableSpec, Table] = field(default_factory=dict, repr=False, compare=False)
    _histories: dict[TableSpec, str | None] = field(default_factory=dict, repr=False, compare=False)

    def table(self, spec: TableSpec) -> Table:
        """The table as it is in the catalog now.

        Raises:
            NoSuchTableError: pyiceberg's: the lake misses the table.
        """
        self._known[spec] = load_table(self.profile, spec, self.catalog)
        self._histories.setdefault(spec, self._known[spec].properties.get(HISTORY))
        return self._known[spec]

    def history(self, spec: TableSpec) -> str | None:
        """Which rewriting of the table's history was the last when this lake first looked at it, or itself rewrote it.

        What was read since may hold rows that a later rewriting took away.
        """
        if spec not in self._histories:
            self.table(spec)
        return self._histories[spec]

    def rewrote(self, spec: TableSpec, history: str | None) -> None:
        """Hear that this lake has rewritten the table's history itself."""
        self._histories[spec] = history

    def known_table(self, spec: TableSpec, snapshot_id: int | None = None) -> Table:
        """The table as it was loaded or committed to last, if that has the snapshot; else as it is now.

        Good for what never changes: where a table's files are, its columns, and its snapshots. A load takes two calls.
        """
        known = self._known.get(spec)
        if known is None or (snapshot_id is not None and known.snapshot_by_id(snapshot_id) is None):
            return self.table(spec)
        return known

    def sql_name(self, spec: TableSpec) -> str:
        """The table's name in Spark SQL: ``stedi.zone.table``, with the lake's prefix of databases."""
        return f"{CATALOG}.{self.profile.database(spec.zone)}.{spec.name}"


def open_lake(profile: Profile) -> Lake:
    """Open a lake that is there.

    Raises:
        UsageError: there is none.
        DamagedLakeError: its catalog is lost.
    """
    return Lake(profile, load_catalog(profile))
