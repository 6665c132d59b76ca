"""Two processes at random on one lake, for a few rounds; many more: ``python -m tests.histories``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.histories.soak import PROCESSES, soak

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.properties
ROUNDS = int(os.environ.get("STEDI_ROUNDS", "10"))


def test_what_two_processes_do_leaves_no_anomaly(tmp_path: Path) -> None:
    done = soak(tmp_path, ROUNDS, seed=5)
    assert done.anomalies == []
    assert len({event.process for event in done.events}) == PROCESSES + 1
    assert {"run", "query", "deliver"} < {event.kind for event in done.events}
