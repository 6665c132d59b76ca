"""A lake that is open: where it is, and its catalog, through which all metadata is read and every commit is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.profile import CATALOG
from catalog.status import load_catalog, load_table

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from catalog.profile import Profile
    from catalog.spec import TableSpec


@dataclass(frozen=True)
class Lake:
    """A lake's profile and its catalog in pyiceberg; needs no JVM.

    Attributes:
        profile: where the lake is.
        catalog: its catalog.
    """

    profile: Profile
    catalog: Catalog

    def table(self, spec: TableSpec) -> Table:
        """The table as it is in the catalog now.

        Raises:
            NoSuchTableError: pyiceberg's: the lake misses the table.
        """
        return load_table(self.profile, spec, self.catalog)

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
