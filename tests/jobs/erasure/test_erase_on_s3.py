"""On S3 a person is erased with every version of every object, from the catalog of Glue, and from the drop bucket."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from catalog.lake import open_lake
from catalog.specs import TABLES
from jobs.cli.output import Output, OutputFormat
from jobs.erasure.erase import begin_erasure, finish_erasure
from jobs.erasure.proof import places
from jobs.pseudonym import load_key, pseudonym
from jobs.run.lake import LakeOptions, run_lake
from jobs.run.progress import Stages
from jobs.run.refusals import Tolerance
from tests.jobs.erasure.world import ANN, BEN, VALUES, deliver_first, deliver_second

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from catalog.profiles.glue import GlueProfile


def _upload(s3: Any, profile: GlueProfile, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            s3.upload_file(str(path), profile.settings.drop_bucket, path.relative_to(folder).as_posix())


def _everything(s3: Any) -> Iterator[tuple[str, str]]:
    """Every version of every object of every bucket, decoded simply; and its key."""
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
            for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                name = f"{bucket['Name']}/{entry['Key']}"
                yield name, entry["Key"]
                if "Size" in entry:
                    body = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"], VersionId=entry["VersionId"])["Body"]
                    yield name, _decoded(name, body.read())


def _decoded(name: str, data: bytes) -> str:
    if name.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(data)).to_pydict())
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("latin-1")


def test_no_version_of_any_object_is_left(
    emulated: GlueProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulated.environment.items():
        monkeypatch.setenv(name, value)
    s3 = emulated.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.put_bucket_versioning(Bucket=bucket["Name"], VersioningConfiguration={"Status": "Enabled"})
    options = LakeOptions(emulated, 0, create=True)
    for number, deliver in enumerate((deliver_first, deliver_second)):
        deliver(tmp_path / str(number))
        _upload(s3, emulated, tmp_path / str(number))
        drop = emulated.drop(None)
        run_lake(options, Output(OutputFormat.JSON), drop, None, tolerance=Tolerance(accepted=True))
    # What is overwritten and what is deleted leave earlier versions.
    s3.put_object(Bucket=emulated.settings.drop_bucket, Key="customer/landing/old.json", Body=ANN.encode())
    s3.delete_object(Bucket=emulated.settings.drop_bucket, Key="customer/landing/old.json")
    key = load_key(emulated)
    lake = open_lake(emulated)
    people = {name: lake.table(spec).metadata.current_snapshot_id for name, spec in TABLES.items()}

    journal = begin_erasure(lake, [ANN], key, {"named": None})
    # Zones may have buckets of their own.
    assert {f"{lake.table(spec).location()}/" for spec in TABLES.values()} < {
        each.location for each in places(lake, journal)
    }
    certificate = finish_erasure(lake, journal, key, Stages())

    left = [
        (name, value)
        for name, text in _everything(s3)
        for value in (*VALUES, pseudonym(ANN, key))
        if value.lower() in text.lower()
    ]
    assert left == []
    assert certificate["findings"] == []
    now = {name: lake.table(spec).metadata.current_snapshot_id for name, spec in TABLES.items()}
    assert {name for name in now if now[name] != people[name]} == {"landing.delivered_file"}
    trained = lake.table(TABLES["curated.machine_learning_curated"]).scan().to_arrow()["pseudonym"].to_pylist()
    assert pseudonym(BEN, key) in trained
