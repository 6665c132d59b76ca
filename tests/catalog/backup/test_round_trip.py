"""A lake that is restored elsewhere is the lake that was backed up, at every moment, and goes on from there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from pyiceberg.manifest import DataFileContent

from catalog.backup.make import make_backup
from catalog.backup.manifest import open_backup
from catalog.backup.relocate import _PATH_OF_DELETE
from catalog.backup.store import backup_store
from catalog.errors import UsageError
from catalog.lake import open_lake
from catalog.profiles.identity import read_identity
from catalog.profiles.profile import local_profile
from catalog.query.engine import query_local
from catalog.specs import TABLES
from catalog.storage.files import local_path
from catalog.storage.reachable import FileKind
from tests.catalog.backup.lived import Lived, bytes_of, contents, deliver_more, files_by_kind, restored, rows_now, run
from tests.catalog.test_manifests import _bytes_in, _records
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.backup.manifest import Backup
    from catalog.profiles.profile import LocalProfile

ASKED = "SELECT count(*) FROM customer_trusted FOR VERSION AS OF 'first'"


def test_the_lake_has_what_can_go_wrong(lived: Lived) -> None:
    """Deletes by position, partitions, several snapshots, tags: else the tests below show little."""
    files = files_by_kind(lived.profile)
    assert files[FileKind.DELETES]
    assert any("readingTime_day=" in location for location in files[FileKind.DATA])
    found = contents(lived.profile)["trusted.customer_trusted"]
    assert {"main", "first", "second"} <= found["refs"].keys()
    assert len(set(found["rows"].values())) >= 2


@pytest.mark.parametrize("kept", ["folder", "archive"])
def test_a_restored_lake_is_the_same_at_every_moment(lived: Lived, tmp_path: Path, kept: str) -> None:
    before, files = contents(lived.profile), bytes_of(lived.profile.lake)
    named = str(tmp_path / ("backup.tar" if kept == "archive" else "backup"))
    make_backup(lived.profile, backup_store(lived.profile, named))
    assert bytes_of(lived.profile.lake) == files
    place = local_profile(tmp_path / "elsewhere" / "lake")
    away = lived.profile.lake.rename(tmp_path / "away")
    try:
        restored(open_backup(backup_store(place, named), named), place)
        assert contents(place) == before
        with query_local(place, ASKED, withdrawn=True) as result:
            assert sum(batch.num_rows for batch in result.batches) == 1
        assert bytes_of(away) == files
        assert _files_that_name(str(lived.profile.lake), place.lake) == []
    finally:
        away.rename(lived.profile.lake)
    assert {path.stat().st_mode & 0o077 for path in (place.lake, *place.lake.rglob("*"))} == {0}
    assert bytes_of(place.lake / "reports") == bytes_of(lived.profile.reports)
    assert bytes_of(place.lake / "privacy") == bytes_of(lived.profile.lake / "privacy")


def _files_that_name(what: str, folder: Path) -> list[str]:
    """Files whose bytes, or decoded values, hold a text."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            texts = [path.read_bytes()]
            if path.suffix == ".avro":
                texts += list(_bytes_in(_records(str(path))))
            found += [str(path)] if any(what.encode() in text for text in texts) else []
    return found


def test_what_metadata_says_of_rewritten_files_is_true(lived: Lived, tmp_path: Path) -> None:
    """Java's readers go by the lengths, and by the bounds of delete files."""
    place = local_profile(tmp_path / "lake")
    restored(lived.backup(), place)
    lake, deletes = open_lake(place), 0
    for spec in TABLES.values():
        table = lake.table(spec)
        for snapshot in table.snapshots():
            for manifest in snapshot.manifests(table.io):
                assert manifest.manifest_length == local_path(manifest.manifest_path).stat().st_size
                for entry in manifest.fetch_manifest_entry(table.io):
                    file = entry.data_file
                    assert file.file_size_in_bytes == local_path(file.file_path).stat().st_size
                    if file.content is DataFileContent.POSITION_DELETES:
                        paths = list(map(str, pq.read_table(local_path(file.file_path))["file_path"].to_pylist()))
                        bounds = (file.lower_bounds[_PATH_OF_DELETE], file.upper_bounds[_PATH_OF_DELETE])
                        assert bounds == (min(paths).encode(), max(paths).encode())
                        assert all(local_path(path).is_file() for path in paths)
                        deletes += 1
    assert deletes


@pytest.mark.spark
def test_spark_reads_a_restored_lake(lived: Lived, spark: SparkSession, tmp_path: Path) -> None:
    place = local_profile(tmp_path / "lake")
    restored(lived.backup(), place)
    lake = open_lake(place)
    for identifier in ("trusted.customer_trusted", "trusted.accelerometer_trusted", "landing.customer_landing"):
        table = lake.table(TABLES[identifier])
        for snapshot in table.snapshots():
            rows = spark.read.option("snapshot-id", snapshot.snapshot_id).format("iceberg")
            assert rows.load(table.metadata_location).count() == table.scan(snapshot_id=snapshot.snapshot_id).count()


def test_the_next_run_on_a_restored_lake_is_incremental(lived: Lived, tmp_path: Path) -> None:
    one, other = local_profile(tmp_path / "one"), local_profile(tmp_path / "other")
    for profile in (one, other):
        restored(lived.backup(), profile)
    shutil.copytree(lived.drop, tmp_path / "drop")
    deliver_more(tmp_path / "drop")
    done = run(one, tmp_path / "drop")
    how = {step.table: step.how.partition(":")[0] for step in done.result.tables if step.how}
    assert how["trusted.customer_trusted"] == "incremental"
    assert "rebuild" not in how.values()
    restored(_again(one, tmp_path / "again"), local_profile(tmp_path / "third"))  # a backup of a restored lake
    run(other, tmp_path / "drop")
    moment = ("ingestedAt", "runId", "evaluatedAt", "snapshotId", "modifiedAt", "observed")
    assert rows_now(one, *moment) == rows_now(other, *moment) == rows_now(local_profile(tmp_path / "third"), *moment)


def _again(profile: LocalProfile, to: Path) -> Backup:
    make_backup(profile, backup_store(profile, str(to)))
    return open_backup(backup_store(profile, str(to)), str(to))


def test_a_lake_is_restored_to_where_it_was(gone: Lived) -> None:
    place = gone.profile
    restored(gone.backup(), place)
    now = contents(place)
    shutil.rmtree(place.lake)
    away = place.lake.with_name("away").rename(place.lake)
    assert now == contents(place)
    place.lake.rename(away.with_name("away"))


def test_a_restored_lake_is_another_lake(lived: Lived, tmp_path: Path) -> None:
    place = local_profile(tmp_path / "lake")
    restored(lived.backup(), place)
    mine, theirs = read_identity(place.lake), read_identity(lived.profile.lake)
    assert mine is not None
    assert theirs is not None
    assert mine.location == str(place.lake)
    assert mine.id != theirs.id
    assert lived.backup().manifest.lake == theirs.id


@pytest.mark.parametrize("used", ["folder", "lake"])
def test_nothing_is_written_over(lived: Lived, tmp_path: Path, used: str) -> None:
    place = local_profile(tmp_path / "lake")
    place.lake.mkdir()
    (place.lake / "mine.txt").touch()
    with pytest.raises(UsageError, match="in use"):
        restored(lived.backup(), place) if used == "lake" else make_backup(
            lived.profile, backup_store(lived.profile, str(place.lake))
        )
    assert [path.name for path in tmp_path.rglob("*")] == ["lake", "mine.txt"]


def test_the_verbs(lived: Lived, tmp_path: Path) -> None:
    made = stedi_json("backup", "--to", tmp_path / "b.tar", "--lake", lived.profile.lake)
    assert made["files"] > 50
    lake = tmp_path / "lake"
    told = stedi_json("restore", "--from", tmp_path / "b.tar", "--lake", lake)
    assert (told["files"], told["bytes"], told["answers"]) == (made["files"], made["bytes"], False)
    refused = stedi("query", "SELECT 1 FROM customer_trusted", "--lake", lake)
    assert refused.returncode == 4
    assert f"stedi privacy replay --lake {lake}" in refused.stderr
    assert stedi_json("restore", "--erasures", "none", "--lake", lake)["answers"]
    assert stedi("query", "SELECT 1 FROM customer_trusted", "--lake", lake).returncode == 0
    assert stedi("restore", "--lake", lake).returncode == 2
    no_backup = stedi("restore", "--from", tmp_path / "nowhere", "--lake", tmp_path / "n", "--output", "json")
    assert (no_backup.returncode, json.loads(no_backup.stdout)["error"]["kind"]) == (2, "UsageError")


def test_locations_are_never_unquoted(tmp_path: Path) -> None:
    assert local_path(f"file://{tmp_path}/a%20b") == tmp_path / "a%20b"
