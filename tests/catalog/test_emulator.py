"""The emulator refuses what AWS refuses, and of two publishers at the same time none loses a row."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from catalog.commit.tables import create_tables
from catalog.errors import RetryableError
from catalog.history.time_travel import open_table
from catalog.lake import Lake, connect_catalog
from catalog.machine.aws_errors import classify_error
from catalog.profiles.writer_lock import writer_lock
from catalog.specs import table
from tests.lake import seed

if TYPE_CHECKING:
    from catalog.profiles.glue import GlueProfile

SPEC = table("trusted.step_trainer_trusted")


def test_a_commit_upon_a_stale_version_is_refused(emulated: GlueProfile) -> None:
    glue = emulated.client("glue")
    glue.create_database(DatabaseInput={"Name": "locking"})
    glue.create_table(DatabaseName="locking", TableInput={"Name": "t", "Parameters": {"by": "nobody"}})

    def version() -> str:
        return str(glue.get_table(DatabaseName="locking", Name="t")["Table"]["VersionId"])

    def update(by: str, **expected: str) -> None:
        glue.update_table(DatabaseName="locking", TableInput={"Name": "t", "Parameters": {"by": by}}, **expected)

    read_by_both = version()
    update("the first", VersionId=read_by_both)
    with pytest.raises(ClientError) as refused:
        update("the second", VersionId=read_by_both)
    assert refused.value.response["Error"]["Code"] == "ConcurrentModificationException"
    assert isinstance(classify_error(refused.value), RetryableError)
    assert glue.get_table(DatabaseName="locking", Name="t")["Table"]["Parameters"]["by"] == "the first"
    update("the second", VersionId=version())
    update("somebody who does not ask")
    assert glue.get_table(DatabaseName="locking", Name="t")["Table"]["Parameters"]["by"] == "somebody who does not ask"


def test_a_lake_on_glue_needs_no_lock(emulated: GlueProfile) -> None:
    with writer_lock(emulated, 0), writer_lock(emulated, 0):
        pass


def test_two_publishers_at_the_same_time_lose_no_row(emulated: GlueProfile) -> None:
    create_tables(Lake(emulated, connect_catalog(emulated)))
    outcomes: list[Any] = []
    ready = threading.Barrier(2)

    def publisher(name: str) -> None:
        lake = Lake(emulated, connect_catalog(emulated))
        for number in range(3):
            rows = [{"sensorReadingTime": number, "serialNumber": name}]
            ready.wait(60)
            for attempt in range(20):
                try:
                    seed(lake, SPEC, rows, run_id=f"{name}_{number}_{attempt}")
                except Exception as error:  # noqa: BLE001 - whatever comes is looked at below
                    outcomes.append(classify_error(error) or error)
                else:
                    break

    threads = [threading.Thread(target=publisher, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert all(isinstance(outcome, RetryableError) for outcome in outcomes), outcomes
    assert outcomes, "they never met"
    found = open_table(emulated, SPEC).scan().to_arrow().select(["serialNumber", "sensorReadingTime"]).to_pylist()
    assert sorted((row["serialNumber"], row["sensorReadingTime"]) for row in found) == [
        (name, number) for name in ("one", "two") for number in range(3)
    ]
