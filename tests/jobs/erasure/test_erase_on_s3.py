"""On S3 the Glue job erases whom a list names with every version of every object, and the list."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from catalog.lake import open_lake
from catalog.specs import TABLES
from catalog.storage.files import storage_of
from jobs.cli.output import Output, OutputFormat
from jobs.erasure.journal import Journal
from jobs.erasure.proof import places
from jobs.glue import run_glue_job
from jobs.glue_upkeep import erase_listed
from jobs.pseudonym import load_key, pseudonym
from jobs.run.lake import LakeOptions, run_lake
from jobs.run.refusals import Tolerance
from tests.jobs.erasure.world import ANN, BEN, VALUES, deliver_first, deliver_second

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.glue import GlueProfile

LIBRARY = Path(__file__).parents[2] / "glue" / "library"


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


def _job(profile: GlueProfile, name: str, **more: str) -> list[str]:
    """What Glue starts a job with."""
    settings = profile.settings
    names = ["region", *(each for each in vars(settings) if each.endswith(("_bucket", "_secret_arn")))]
    given = {"JOB_NAME": name, "JOB_RUN_ID": "jr_1", **{each: getattr(settings, each) for each in names}, **more}
    return [f"{name}.py", *(part for key, value in given.items() if value for part in (f"--{key}", value))]


@pytest.fixture(scope="module")
def lake_of_two(emulated: GlueProfile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GlueProfile]:
    """A lake of two deliveries in buckets that keep versions, and this process as one that Glue starts."""
    s3 = emulated.client("s3")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**emulated.environment, "STEDI_ENDPOINT": emulated.endpoint or ""}.items():
            patch.setenv(name, value)
        patch.syspath_prepend(LIBRARY)
        for bucket in s3.list_buckets()["Buckets"]:
            s3.put_bucket_versioning(Bucket=bucket["Name"], VersioningConfiguration={"Status": "Enabled"})
        folder, options = tmp_path_factory.mktemp("drop"), LakeOptions(emulated, 0, create=True)
        for number, deliver in enumerate((deliver_first, deliver_second)):
            deliver(folder / str(number))
            _upload(s3, emulated, folder / str(number))
            drop = emulated.drop(None)
            run_lake(options, Output(OutputFormat.JSON), drop, None, tolerance=Tolerance(accepted=True))
        job = {"Role": "arn:aws:iam::123456789012:role/job", "Command": {"Name": "glueetl", "ScriptLocation": "-"}}
        emulated.client("glue").create_job(Name="lake-ingest_landing", **job)
        yield emulated


def test_no_version_of_any_object_is_left(lake_of_two: GlueProfile, capsys: pytest.CaptureFixture[str]) -> None:
    s3, requests = lake_of_two.client("s3"), lake_of_two.settings.requests_bucket
    # What is overwritten and what is deleted leave earlier versions.
    s3.put_object(Bucket=lake_of_two.settings.drop_bucket, Key="customer/landing/old.json", Body=ANN.encode())
    s3.delete_object(Bucket=lake_of_two.settings.drop_bucket, Key="customer/landing/old.json")
    for body in (f"{BEN}\n", f"# who asked in June\n{ANN.upper()}\n"):
        s3.put_object(Bucket=requests, Key=f"people/{ANN}.txt", Body=body.encode())
    key, lake = load_key(lake_of_two), open_lake(lake_of_two)
    before = {name: lake.table(spec).metadata.current_snapshot_id for name, spec in TABLES.items()}

    run_glue_job(erase_listed, _job(lake_of_two, "lake-erase", writers="lake-ingest_landing"))

    left = [
        (name, value)
        for name, text in _everything(s3)
        for value in (*VALUES, pseudonym(ANN, key))
        if value.lower() in text.lower()
    ]
    assert left == []
    logged = capsys.readouterr().out
    assert not [value for value in (*VALUES, BEN) if value.lower() in logged.lower()]
    [line] = [each for each in map(json.loads, logged.splitlines()) if "certificate" in each]
    copied = s3.get_object(Bucket=requests, Key="certificates/000001.json")["Body"].read()
    assert json.loads(copied)["findings"] == []
    assert (line["certificate"], line["publicKey"]) == (1, json.loads(copied)["publicKey"])
    now = {name: lake.table(spec).metadata.current_snapshot_id for name, spec in TABLES.items()}
    assert {name for name in now if now[name] != before[name]} == {"landing.delivered_file"}
    trained = lake.table(TABLES["curated.machine_learning_curated"]).scan().to_arrow()["pseudonym"].to_pylist()
    assert pseudonym(BEN, key) in trained


def test_zones_may_have_buckets_of_their_own(lake_of_two: GlueProfile) -> None:
    lake = open_lake(lake_of_two)
    journal = Journal(storage_of(lake_of_two), "", {"landing": None})
    assert {f"{lake.table(spec).location()}/" for spec in TABLES.values()} < {
        each.location for each in places(lake, journal)
    }
