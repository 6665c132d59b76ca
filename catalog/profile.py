"""Where the lake is: one profile gives Spark settings and pyiceberg properties; nothing else knows which is in use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = "stedi"


@dataclass(frozen=True)
class LocalProfile:
    """A lake in one folder: a SQLite catalog, shared by Spark and pyiceberg, beside a warehouse of files.

    Attributes:
        lake: the folder.
    """

    lake: Path

    @property
    def catalog_file(self) -> Path:
        """The SQLite database that holds the catalog."""
        return self.lake / "catalog.db"

    @property
    def warehouse(self) -> Path:
        """The folder that holds the tables' files."""
        return self.lake / "warehouse"

    @property
    def reports(self) -> Path:
        """The folder that validation reports are written to."""
        return self.lake / "reports"

    def spark_conf(self) -> dict[str, str]:
        """Settings of Spark's Iceberg catalog ``stedi``; schema V1 is the one that pyiceberg shares."""
        prefix = f"spark.sql.catalog.{CATALOG}"
        return {
            prefix: "org.apache.iceberg.spark.SparkCatalog",
            f"{prefix}.type": "jdbc",
            f"{prefix}.uri": f"jdbc:sqlite:{self.catalog_file}",
            f"{prefix}.jdbc.schema-version": "V1",
            f"{prefix}.warehouse": f"file://{self.warehouse}",
            # A cached table would hide what another writer published meanwhile.
            f"{prefix}.cache-enabled": "false",
        }

    def pyiceberg_properties(self) -> dict[str, str]:
        """Properties for ``pyiceberg.catalog.load_catalog("stedi", …)``."""
        return {"type": "sql", "uri": f"sqlite:///{self.catalog_file}", "warehouse": f"file://{self.warehouse}"}

    def must_exist(self) -> None:
        """Refuse to go on where there is no lake.

        Raises:
            UsageError: the folder holds no catalog.
        """
        if not self.catalog_file.exists():
            raise UsageError(
                f"there is no lake in {self.lake}; make one with: stedi run --landing DIR --lake {self.lake}"
            )

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            UsageError: the lake's folder cannot be made or written to.
        """
        try:
            self.warehouse.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the lake {self.lake} cannot be made: {error.strerror}; choose another with --lake"
            ) from error
        for folder in (self.lake, self.warehouse):
            if not os.access(folder, os.W_OK):
                raise UsageError(f"{folder} is not writable; change its permissions or choose another lake with --lake")


def local_profile(lake: Path) -> LocalProfile:
    """The profile of the lake in that folder, as an absolute path: Spark and pyiceberg must agree on it."""
    return LocalProfile(lake.expanduser().resolve())
