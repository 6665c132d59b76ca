"""A table whose files are rewritten while a run is at work, as Glue's optimizer does: the run begins again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.commit.publish import publish
from catalog.errors import CompactedError
from catalog.specs.trusted import CUSTOMER_TRUSTED
from jobs.cli.output import Output, OutputFormat
from jobs.demo import deliveries
from jobs.run import lake as runs
from jobs.run import pipeline
from tests.lake import content, emptied

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.commit.publish import Candidate
    from catalog.lake import Lake
    from jobs.run.lake import ReportedRun

pytestmark = pytest.mark.spark


def _run(lake: Lake, landing: Path) -> ReportedRun:
    options = runs.LakeOptions(lake.profile, 10, create=True)
    return runs.run_lake(options, Output(OutputFormat.JSON), landing, None)


@pytest.mark.parametrize("times", [1, 3])
def test_a_run_begins_again_where_files_were_rewritten(
    spark: SparkSession, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    emptied(lake)
    landing, scenario = tmp_path / "landing", deliveries.demo_scenario(40, 2)
    deliveries.write_first(landing, scenario)
    _run(lake, landing)
    before = {row["person"] for row in content(lake, CUSTOMER_TRUSTED)}
    deliveries.write_second(landing, scenario)
    left = [None] * times

    def overtaken(opened: Lake, candidate: Candidate) -> None:
        if left and candidate.spec == CUSTOMER_TRUSTED:
            left.pop()
            name = CUSTOMER_TRUSTED.identifier
            options = "map('rewrite-all', 'true')"
            spark.sql(f"CALL stedi.system.rewrite_data_files(table => '{name}', options => {options})")
        publish(opened, candidate)

    monkeypatch.setattr(pipeline, "publish", overtaken)
    if times > 1:
        with pytest.raises(CompactedError):
            _run(lake, landing)
        assert {row["person"] for row in content(lake, CUSTOMER_TRUSTED)} == before
    else:
        done = _run(lake, landing)
        assert any("begun again" in warning for warning in done.warnings)
        after = {row["person"] for row in content(lake, CUSTOMER_TRUSTED)}
        assert (len(before - after), len(after - before)) == (1, 1)
    emptied(lake)
