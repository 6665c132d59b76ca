"""A run that is killed anywhere: nothing is half published, and the next run ends as one that nobody disturbed.

``STEDI_FAULTS="kill:before:commit:3 kill:after:publish:2"`` tries these points alone; ``STEDI_FAULT_SEED`` chooses
others of the random ones. Each failure names the fault that it came of.
"""

from __future__ import annotations

import os
import random
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.bench import Bench

_POINTS = """
before:open:1 after:open:1 before:list:1 before:discover:1 after:discover:1
before:land:1 after:land:2 before:file:1 after:file:1 before:rows:1 after:rows:2 before:finish:3 after:finish:4
before:snapshot:1 after:snapshot:2 before:metadata:1 after:metadata:3 before:commit:1 after:commit:1 after:commit:4
before:plan:1 before:build:1 after:build:1 after:build:3 before:validate:1 after:validate:2
before:publish:1 after:publish:1 after:publish:2 before:publish:5 after:publish:6 before:publish:8 after:publish:9
after:commit:9 before:commit:12 after:metadata:14 before:record:1 after:record:1 before:report:1 after:report:1
"""
POINTS = _POINTS.split()
SEED = int(os.environ.get("STEDI_FAULT_SEED", "1"))
_IN_A_ROW = 3


def _kill(bench: Bench, point: str) -> None:
    done = bench.run(f"kill:{point}")
    assert done.returncode == -signal.SIGKILL, f"kill:{point} did not strike: {done.stderr}"
    bench.check_readable(f"kill:{point}")


def test_killed_again_and_again(bench: Bench) -> None:
    """A sample of the points, each run going on from what the one before left."""
    bench.restore()
    # Commits become fewer with each attempt: the first calls of each point are those that every attempt comes to.
    points = random.Random(SEED).sample(POINTS[:33], _IN_A_ROW)  # noqa: S311 - chosen again by the same seed
    struck = []
    for point in sorted(points, key=POINTS.index):
        done = bench.run(f"kill:{point}")
        if done.returncode == -signal.SIGKILL:
            struck.append(point)
        else:
            assert done.returncode == 0, f"seed {SEED}, after kill:{' kill:'.join(struck)}: {done.stderr}"
        bench.check_readable(f"seed {SEED}: kill:{' kill:'.join(struck)}")
    assert len(struck) >= _IN_A_ROW // 2
    bench.check_healed(f"seed {SEED}: kill:{' kill:'.join(struck)}")


def test_killed_between_publishing_and_recording(bench: Bench) -> None:
    """All is published and nothing says why: it is told, not exported, and validated by the next run."""
    bench.restore()
    _kill(bench, "before:record:1")
    assert bench.contents() == bench.after
    status = bench.stedi("status")
    assert "did not finish" in status.stdout
    refused = bench.stedi("export", "--to", bench.folder / "refused")
    assert refused.returncode == 1
    assert "stedi validate" in refused.stderr
    bench.check_healed("kill:before:record:1")
    exported = bench.stedi("export", "--to", bench.folder / "exported")
    assert exported.returncode == 0, exported.stderr


def test_killed_between_two_tables(bench: Bench) -> None:
    """Tables of two runs: who asks for them is told, and no tag holds them together."""
    bench.restore()
    _kill(bench, "after:publish:7")
    for verb in (["status"], ["report"], ["query", "SELECT count(*) FROM machine_learning_curated"]):
        assert "different runs" in bench.stedi(*verb).stdout, verb
    tagged = bench.stedi("tag", "mixed")
    assert tagged.returncode == 3
    assert "stedi run, then tag" in tagged.stderr
    bench.check_healed("kill:after:publish:7")
    assert bench.stedi("tag", "whole").returncode == 0


@pytest.mark.faults
@pytest.mark.parametrize("point", os.environ.get("STEDI_FAULTS", " ".join(POINTS)).replace("kill:", "").split())
def test_killed_at(bench: Bench, point: str) -> None:
    bench.restore()
    _kill(bench, point)
    bench.check_healed(f"kill:{point}")
