"""One lake by the embedded engine, one by Spark: after a first delivery and a second, every table is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.lake import open_lake
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from catalog.training.content_hash import content_hash
from jobs.demo import deliveries
from tests.stedi import stedi_json

if TYPE_CHECKING:
    from pathlib import Path

_OF_THE_RUN = {"ingestedAt", "readAt"}


def _contents(lake: Path) -> dict[str, str]:
    """The content hash of every table, but for when a run was and what it said of its expectations."""
    opened, found = open_lake(local_profile(lake)), {}
    for identifier, spec in TABLES.items():
        if spec.zone != "quality":
            rows = opened.table(spec).scan().to_arrow()
            found[identifier] = content_hash(rows.select([c for c in spec.column_names if c not in _OF_THE_RUN]))
    return found


@pytest.mark.spark
def test_both_engines_make_the_same_lake(tmp_path: Path) -> None:
    landing, scenario = tmp_path / "landing", deliveries.demo_scenario(60, 4)
    deliveries.write_first(landing, scenario)
    first: dict[str, dict[str, str]] = {}
    for engine in ("embedded", "spark"):
        told = stedi_json("run", "--landing", landing, "--lake", tmp_path / engine, "--engine", engine)
        assert told["engine"] == f"{engine}: asked for"
        first[engine] = _contents(tmp_path / engine)
    assert first["spark"] == first["embedded"]
    deliveries.write_second(landing, scenario)
    for engine in ("embedded", "spark"):
        told = stedi_json("run", "--landing", landing, "--lake", tmp_path / engine, "--engine", engine)
        assert [each["how"].partition(":")[0] for each in told["tables"]][-5:] == ["incremental"] * 5
    second = {engine: _contents(tmp_path / engine) for engine in first}
    assert second["spark"] == second["embedded"]
    changed = {name for name, content in second["embedded"].items() if content != first["embedded"][name]}
    assert {"trusted.customer_trusted", "curated.machine_learning_curated"} <= changed
