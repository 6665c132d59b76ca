"""Where the lake is: one profile gives Spark settings and pyiceberg properties; nothing else knows which is in use."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from catalog.errors import DamagedLakeError, UsageError
from catalog.machine.private import close_to_others
from catalog.profiles.identity import (
    IDENTITY,
    new_identity,
    not_replayed,
    read_identity,
    refuse_elsewhere,
    write_identity,
)
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOG = "stedi"
SPARK_CATALOG = f"spark.sql.catalog.{CATALOG}"
"""How Spark's settings of the catalog begin."""
FILE_IO = "catalog.storage.checked_io.CheckedFileIO"
"""Pyiceberg's name of what reads and writes a lake's files."""
ICEBERG_JAR = "iceberg-spark-runtime-3.5_2.12"
_CATALOG = "catalog.db"
_OWN = {"warehouse", "reports", "privacy", "writer.lock", "writing.json", "interrupted.json", IDENTITY}
RESTORED = "restored.json"
"""The file among the records of erasures that says that newer ones may have to be replayed."""
_POINTERS = (
    "SELECT table_namespace || '.' || table_name, metadata_location FROM iceberg_tables "
    "WHERE catalog_name = ? AND metadata_location IS NOT NULL"
)


class Profile(Protocol):
    """A lake: its catalog, its storage, and how to reach them."""

    @property
    def name(self) -> str:
        """``local``, ``emulated`` or ``aws``."""

    @property
    def place(self) -> str:
        """Where the lake is, for people: a folder, or an address on S3."""

    @property
    def options(self) -> str:
        """The options of ``stedi`` that name this lake, for the next command in a message."""

    @property
    def jars(self) -> tuple[str, ...]:
        """Artefacts of jars.lock that Spark needs for it."""

    @property
    def hosted(self) -> bool:
        """Whether Spark is somebody else's here: Glue brings Java, jars and a cluster, and sets them up."""
        return False

    @property
    def lock_folder(self) -> Path | None:
        """The folder of the writer's lock; None where the catalog itself refuses a second writer's commit."""
        return None

    @property
    def report_location(self) -> str:
        """Where reports are kept: an address without a slash at its end."""

    @property
    def privacy(self) -> str:
        """Where the records of erasures are kept, beside the tables: an address without a slash at its end."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that the session's processes need; empty where what the user has set is right."""
        return {}

    def database(self, zone: str) -> str:
        """The catalog's name for a zone."""

    def spark_conf(self) -> dict[str, str]:
        """Settings of Spark's Iceberg catalog ``stedi``."""

    def pyiceberg_properties(self) -> dict[str, str]:
        """Properties for ``pyiceberg.catalog.load_catalog("stedi", …)``."""

    def metadata_locations(self) -> dict[str, str]:
        """Where the metadata of every table is now, by ``zone.table``.

        Raises:
            DamagedLakeError: the catalog cannot be read.
        """

    def drop(self, named: str | None) -> Path | str | None:
        """The drop folder as ``catalog.drop`` reads it: the one that is named, else the lake's own, if it has one."""

    def pseudonym_key(self) -> str | None:
        """The key of pseudonyms that is kept with the lake's other secrets; None where it is the user's own.

        Raises:
            UsageError: it should be there, and cannot be read.
        """
        return None

    def forget_deleted(self) -> None:
        """Let nothing be left of what was deleted from the catalog itself, where that is the tool's to do."""
        return

    def certificate_key(self) -> str | None:
        """The key that signs certificates of erasures, as ``pseudonym_key``."""
        return None

    def must_exist(self) -> None:
        """Refuse to go on where there is no lake, or one that may not answer.

        Raises:
            UsageError: there is none.
            DamagedLakeError: its catalog is lost, it was copied or moved, or erasures must be replayed first.
        """

    def prepare(self) -> None:
        """Make what a lake's tables are put into, where that is the tool's to make.

        Raises:
            UsageError: it cannot be made or written to.
            DamagedLakeError: what is there may not be written to, as ``must_exist`` says.
        """

    def for_replay(self) -> Self:
        """The lake for who replays erasures, and alone may read it before that is done."""

    def restored_mark(self) -> dict[str, Any] | None:
        """What says that the lake came from a backup and erasures since are not replayed; None: it may answer.

        Its ``backupMadeAt`` and ``restoredAt`` are epoch ms UTC.
        """

    def mark_restored(self, mark: dict[str, Any] | None) -> None:
        """Let the lake answer nothing from now on, or (None) answer again."""


@dataclass(frozen=True)
class LocalProfile(Profile):
    """A lake in one folder: a SQLite catalog, shared by Spark and pyiceberg, beside a warehouse of files.

    Attributes:
        lake: the folder.
        replaying: whether this is for who replays erasures.
    """

    lake: Path
    replaying: bool = False

    @property
    def name(self) -> str:
        """``local``."""
        return "local"

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.lake)

    @property
    def options(self) -> str:
        """``--lake`` and the folder."""
        return f"--lake {self.lake}"

    @property
    def jars(self) -> tuple[str, ...]:
        """Iceberg, and SQLite for its catalog."""
        return (ICEBERG_JAR, "sqlite-jdbc")

    @property
    def lock_folder(self) -> Path | None:
        """The lake: SQLite fails a second writer in the middle of its work."""
        return self.lake

    @property
    def catalog_file(self) -> Path:
        """The SQLite database that holds the catalog."""
        return self.lake / _CATALOG

    @property
    def warehouse(self) -> Path:
        """The folder that holds the tables' files."""
        return self.lake / "warehouse"

    @property
    def reports(self) -> Path:
        """The folder that validation reports are written to."""
        return self.lake / "reports"

    @property
    def report_location(self) -> str:
        """A folder of the lake."""
        return f"file://{self.reports}"

    @property
    def privacy(self) -> str:
        """A folder of the lake."""
        return f"file://{self.lake}/privacy"

    def database(self, zone: str) -> str:
        """The zone's own name: a lake has its catalog for itself."""
        return zone

    def spark_conf(self) -> dict[str, str]:
        """Settings of Spark's Iceberg catalog ``stedi``; schema V1 is the one that pyiceberg shares."""
        return {
            SPARK_CATALOG: "org.apache.iceberg.spark.SparkCatalog",
            f"{SPARK_CATALOG}.type": "jdbc",
            f"{SPARK_CATALOG}.uri": f"jdbc:sqlite:{self.catalog_file}",
            f"{SPARK_CATALOG}.jdbc.schema-version": "V1",
            # Else Iceberg looks whether its tables are there, and never ends that reading: nobody else could commit.
            f"{SPARK_CATALOG}.jdbc.init-catalog-tables": "false",
            f"{SPARK_CATALOG}.warehouse": f"file://{self.warehouse}",
            # A cached table would hide what another writer published meanwhile.
            f"{SPARK_CATALOG}.cache-enabled": "false",
        }

    def pyiceberg_properties(self) -> dict[str, str]:
        """Properties for ``pyiceberg.catalog.load_catalog("stedi", …)``."""
        return {
            "type": "sql",
            "uri": f"sqlite:///{self.catalog_file}",
            "warehouse": f"file://{self.warehouse}",
            "py-io-impl": FILE_IO,
        }

    def metadata_locations(self) -> dict[str, str]:
        """Where the metadata of every table is, read in one statement: SQLite answers it from one state.

        Raises:
            DamagedLakeError: the catalog cannot be read.
        """
        try:
            with closing(sqlite3.connect(f"{self.catalog_file.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
                return dict(connection.execute(_POINTERS, (CATALOG,)).fetchall())
        except sqlite3.Error as error:
            raise DamagedLakeError(f"the catalog {self.catalog_file} cannot be read: {error}") from error

    def forget_deleted(self) -> None:
        """Write the database anew: SQLite keeps what was deleted in pages that nothing uses."""
        with closing(sqlite3.connect(self.catalog_file, timeout=30)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")

    def drop(self, named: str | None) -> Path | str | None:
        """The folder that is named."""
        return None if named is None else named if named.startswith("s3://") else Path(named)

    def must_exist(self) -> None:
        """Refuse to go on where there is no lake, or one that may not answer.

        Raises:
            UsageError: the folder holds no catalog.
            DamagedLakeError: it holds the files of tables, and no catalog, or another place's; or erasures must be
                replayed first.
        """
        self._refuse_unusable()
        if not self.catalog_file.exists():
            raise UsageError(
                f"there is no lake in {self.lake}; create one with: stedi run --landing DIR --lake {self.lake}"
            )

    def prepare(self) -> None:
        """Make the folders, and take from others what rights they have on what is the lake's.

        Raises:
            UsageError: the lake's folder cannot be made or written to, or what is in it is somebody else's.
            DamagedLakeError: it holds the files of tables that no catalog knows: nothing may be made beside them. Or
                it is another place's, or erasures must be replayed first.
        """
        self._refuse_unusable()
        try:
            self.lake.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.warehouse.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the lake {self.lake} cannot be created: {error.strerror}; choose another with --lake"
            ) from error
        for folder in (self.lake, self.warehouse):
            if not os.access(folder, os.W_OK):
                raise UsageError(f"{folder} is not writable; change its permissions or choose another lake with --lake")
        if read_identity(self.lake) is None:
            write_identity(self.lake, new_identity(self.lake))
        self._close_to_others()

    def for_replay(self) -> LocalProfile:
        """The same folder."""
        return replace(self, replaying=True)

    def restored_mark(self) -> dict[str, Any] | None:
        """A file among the records of erasures; one that cannot be read is a mark, too."""
        try:
            mark = json.loads((self.lake / "privacy" / RESTORED).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, OSError):
            return {}
        return mark if isinstance(mark, dict) else {}

    def mark_restored(self, mark: dict[str, Any] | None) -> None:
        """Write the file, or remove it."""
        file = self.lake / "privacy" / RESTORED
        if mark is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(json.dumps(mark, indent=2) + "\n", encoding="utf-8")
        file.chmod(0o600)

    def _close_to_others(self) -> None:
        """The folder itself only where nothing else is in it: somebody may have named a folder of many things."""
        inside = list(self.lake.iterdir())
        ours = [path for path in inside if path.name in _OWN or path.name.startswith(_CATALOG)]
        close_to_others(ours if len(ours) < len(inside) else [self.lake])

    def _refuse_unusable(self) -> None:
        there = next(path for path in (self.lake, *self.lake.parents) if path.exists())
        if not there.is_dir():
            raise UsageError(f"the lake {self.lake} cannot be there: {there} is a file; choose another with --lake")
        known = self.metadata_locations() if _has_content(self.catalog_file) else {}
        self._refuse_lost_catalog(known)
        refuse_elsewhere(self.lake, self.warehouse, (known[each] for each in TABLES if each in known))
        mark = None if self.replaying else self.restored_mark()
        if mark is not None:
            raise not_replayed(self.place, self.options, mark)

    def _refuse_lost_catalog(self, known: Mapping[str, str]) -> None:
        """Refuse where tables' files are here and the catalog that knows them is not: a new one would hide them."""
        if not self.warehouse.is_dir():
            return
        if not known and any(path.is_file() for path in self.warehouse.rglob("*")):
            lost = f"tables' files are in {self.warehouse}, and the catalog {self.catalog_file} that knows them is not"
        elif tables := sorted(each for each in TABLES if each not in known and self._has_rows(each)):
            lost = f"files of {', '.join(tables)} are in {self.warehouse}, and the catalog {self.catalog_file} lacks it"
        else:
            return
        raise DamagedLakeError(
            f"{lost}; nothing was made: find its tables again with: stedi restore --catalog --lake {self.lake}; "
            f"or restore {_CATALOG} from a backup, or take another folder with --lake"
        )

    def _has_rows(self, identifier: str) -> bool:
        """Whether there are data files; a run that is killed while it makes an empty table leaves metadata alone."""
        folder = self.warehouse.joinpath(*identifier.split(".")) / "data"
        return any(path.is_file() for path in folder.rglob("*"))


def _has_content(catalog_file: Path) -> bool:
    return catalog_file.exists() and catalog_file.stat().st_size > 0


def local_profile(lake: Path) -> LocalProfile:
    """The profile of the lake in that folder, as an absolute path: Spark and pyiceberg must agree on it."""
    return LocalProfile(lake.expanduser().resolve())
