"""Only what nothing reaches is deleted, in every version; where it cannot be known, nothing is."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from catalog.commit.arrow_files import data_folder
from catalog.errors import DamagedLakeError, RetryableError
from catalog.maintenance import deletion
from catalog.maintenance.deletion import delete_unreachable
from catalog.maintenance.maintain import Limits, Maintainer
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.storage.files import LocalStorage, local_path, storage_of
from catalog.storage.reachable import FileKind, reachable_files
from tests.lake import content
from tests.maintained import ALL_AT_ONCE, LANDING, TRUSTED, contents, grow, maintain, nothing_left, opened, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.lake import Lake
    from catalog.profiles.glue import GlueProfile

HOUR = 3_600_000


def _now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def grown(tmp_path: Path) -> Lake:
    lake = opened(local_profile(tmp_path / "a lake of 100%41"))
    grow(lake)
    return lake


class Versioned(NamedTuple):
    lake: Lake
    profile: GlueProfile

    def key(self, name: str) -> tuple[str, str]:
        """The bucket, and the key of a data file of that name."""
        bucket = self.profile.settings.warehouse_bucket
        return bucket, f"{self.lake.table(TRUSTED).location()}/data/{name}".removeprefix(f"s3://{bucket}/")


@pytest.fixture
def versioned(emulated: GlueProfile) -> Versioned:
    """On a bucket that keeps earlier versions."""
    profile = emulated.with_prefix("versions_")
    s3, bucket = profile.client("s3"), profile.settings.warehouse_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    lake = opened(profile)
    if not lake.table(LANDING).metadata.snapshots:
        grow(lake)
    return Versioned(lake, profile)


def _files_of(lake: Lake, kind: FileKind) -> list[str]:
    return [location for location, found in reachable_files(lake.table(TRUSTED)).items() if found is kind]


@pytest.mark.parametrize("kind", [FileKind.DATA, FileKind.DELETES, FileKind.MANIFEST_LIST, FileKind.METADATA])
def test_a_listing_that_lacks_what_is_reached_stops_it(
    grown: Lake, monkeypatch: pytest.MonkeyPatch, kind: FileKind
) -> None:
    hidden, genuine = _files_of(grown, kind)[0], LocalStorage.files

    def partly(self: LocalStorage, under: str) -> Iterator[Any]:
        return (file for file in genuine(self, under) if file.location != hidden)

    plan = Maintainer(grown, TABLES.values(), ALL_AT_ONCE)
    planned = plan.plan()
    before, files = contents(grown), stored(grown, LANDING)
    monkeypatch.setattr(LocalStorage, "files", partly)
    with pytest.raises(DamagedLakeError, match=r"trusted.*1 file that its snapshots need.*nothing was deleted"):
        Maintainer(grown, TABLES.values(), ALL_AT_ONCE).plan()
    with pytest.raises(DamagedLakeError, match="1 file that its snapshots need"):
        delete_unreachable(grown, TRUSTED, reachable_files(grown.table(TRUSTED)), _now())
    monkeypatch.undo()
    assert contents(grown) == before
    assert stored(grown, LANDING) == files
    plan.carry_out(planned)
    assert nothing_left(grown)


def test_a_listing_that_fails_stops_it(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: LocalStorage, under: str) -> Iterator[Any]:
        yield from ()
        raise OSError(5, "the disk is gone")

    files = stored(grown, TRUSTED)
    monkeypatch.setattr(LocalStorage, "files", fails)
    with pytest.raises(OSError, match="the disk is gone"):
        delete_unreachable(grown, TRUSTED, {}, _now())
    monkeypatch.undo()
    assert stored(grown, TRUSTED) == files


@pytest.mark.parametrize("kind", [FileKind.DATA, FileKind.MANIFEST, FileKind.MANIFEST_LIST])
def test_metadata_that_reaches_nothing_of_a_kind_stops_it(
    grown: Lake, monkeypatch: pytest.MonkeyPatch, kind: FileKind
) -> None:
    before, files = reachable_files(grown.table(TRUSTED)), stored(grown, TRUSTED)

    def without(*arguments: Any, **named: Any) -> dict[str, FileKind]:
        return {each: found for each, found in reachable_files(*arguments, **named).items() if found is not kind}

    monkeypatch.setattr(deletion, "reachable_files", without)
    with pytest.raises(DamagedLakeError, match=f"reaches no {kind} file"):
        delete_unreachable(grown, TRUSTED, before, _now())
    assert stored(grown, TRUSTED) == files


def test_orphans_go_when_they_are_old_enough(grown: Lake) -> None:
    file = local_path(_files_of(grown, FileKind.DATA)[0])
    old, young, checksum = file.parent.parent / "old", file.parent / "young", file.parent / f".{file.name}.crc"
    for path, hours in ((old, 25), (young, 23), (checksum, 99)):
        path.write_bytes(b"rows")
        os.utime(path, (time.time() - hours * 3600,) * 2)
    done = maintain(grown, Limits())
    assert [(each.file.location, each.why) for table in done.tables for each in table.deletions] == [
        (f"file://{old}", "no snapshot ever reached it")
    ]
    assert [path.exists() for path in (old, young, checksum)] == [False, True, True]


def test_another_tables_files_are_never_among_them(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = data_folder
    inside = grown.table(LANDING).location() + "/data/readings/"
    monkeypatch.setattr(deletion, "data_folder", lambda t: inside if t.name()[-1] == TRUSTED.name else genuine(t))
    with pytest.raises(DamagedLakeError, match="are within each other: nothing is deleted"):
        maintain(grown)


def test_every_version_goes(versioned: Versioned) -> None:
    lake, s3, (bucket, key) = versioned.lake, versioned.profile.client("s3"), versioned.key("orphan.parquet")
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.delete_object(Bucket=bucket, Key=key)
    s3.create_multipart_upload(Bucket=bucket, Key=key)
    storage, held = storage_of(lake.profile), content(lake, TRUSTED)
    assert len(list(storage.files(f"s3://{bucket}/{key}"))) == 3
    doomed = delete_unreachable(lake, TRUSTED, {}, _now() + HOUR)
    assert {each.why for each in doomed} <= {"no snapshot ever reached it", "an earlier version"}
    assert len([each for each in doomed if each.file.location == f"s3://{bucket}/{key}"]) == 3
    assert list(storage.files(f"s3://{bucket}/{key}")) == []
    assert not s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads")
    assert sorted(map(repr, content(lake, TRUSTED))) == sorted(map(repr, held))


def test_what_s3_does_not_delete_is_an_error(versioned: Versioned, monkeypatch: pytest.MonkeyPatch) -> None:
    client, (bucket, key) = versioned.profile.client("s3"), versioned.key("orphan.parquet")
    client.put_object(Bucket=bucket, Key=key, Body=b"rows")
    client.delete_objects = lambda **_: {"Errors": [{"Key": key, "Code": "AccessDenied"}]}
    monkeypatch.setattr(type(versioned.profile), "client", lambda self, service: client)
    with pytest.raises(RetryableError, match=r"did not delete 1 objects .*AccessDenied"):
        delete_unreachable(versioned.lake, TRUSTED, {}, _now() + HOUR)
