"""Objects on S3: who reads them verifies pages, and the doctor names what is missing or damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.commit.tables import create_tables
from catalog.doctor.deep import deep_findings
from catalog.errors import DamagedLakeError, MissingFileError
from catalog.lake import Lake, connect_catalog
from catalog.machine.aws_errors import classify_error
from catalog.specs import table
from catalog.storage.files import bucket_and_key
from tests.lake import seed

if TYPE_CHECKING:
    from catalog.profiles.glue import GlueProfile

CUSTOMERS = table("landing.customer_landing")


def test_objects_that_are_damaged_or_missing(emulated: GlueProfile) -> None:
    lake = Lake(emulated, connect_catalog(emulated))
    create_tables(lake)
    seed(lake, CUSTOMERS, [{"email": f"{number}", "person": "p"} for number in range(500)])
    assert {finding.state for finding in deep_findings(emulated)} == {"ok"}
    client = emulated.client("s3")
    [task] = lake.table(CUSTOMERS).scan().plan_files()
    bucket, key = bucket_and_key(task.file.file_path)
    data = client.get_object(Bucket=bucket, Key=key)["Body"].read()

    column = pq.read_metadata(pa.BufferReader(data)).row_group(0).column(1)
    harmed = bytearray(data)
    start = column.dictionary_page_offset or column.data_page_offset
    harmed[start + column.total_compressed_size - 2] ^= 1
    client.put_object(Bucket=bucket, Key=key, Body=bytes(harmed))
    with pytest.raises(OSError, match="page integrity") as told:
        lake.table(CUSTOMERS).scan().to_arrow()
    assert isinstance(classify_error(told.value), DamagedLakeError)
    _told(emulated, "is damaged: Parquet's own checks fail; 1 snapshot needs it, among them what readers see now", key)

    client.put_object(Bucket=bucket, Key=key, Body=data[:-1])
    _told(emulated, "bytes, not", key)

    client.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(MissingFileError, match=key):
        lake.table(CUSTOMERS).scan().to_arrow()
    _told(emulated, "is missing", key)


def _told(profile: GlueProfile, why: str, key: str) -> None:
    [found] = [finding for finding in deep_findings(profile) if finding.state != "ok"]
    assert (found.what, found.state) == (CUSTOMERS.identifier, "damaged")
    assert why in found.found
    assert key in found.found
