"""Runs on Glue and S3 that are killed: there is no lock, and what they left is deleted by age; readers see no half."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from catalog.history.coherence import lake_notes
from tests.faults.bench import contents_of
from tests.warm import run_warm

if TYPE_CHECKING:
    import subprocess

    from catalog.profiles.emulator import Emulator
    from catalog.profiles.glue import GlueProfile
    from tests.faults.bench import Bench, Contents

_PSEUDONYM = re.compile(r"'pseudonym': '[0-9a-f]+', ")
_POINTS = """
after:finish:2 before:glue commit:1 after:glue commit:3 after:publish:2 before:build:2 after:publish:6 before:publish:4
after:glue commit:5 before:record:1
"""


def _without_pseudonyms(contents: Contents) -> Contents:
    """The two lakes have keys of their own."""
    return {name: Counter(_PSEUDONYM.sub("", text) for text in rows.elements()) for name, rows in contents.items()}


def _contents(profile: GlueProfile) -> Contents:
    return _without_pseudonyms(contents_of(profile))


@pytest.mark.faults
def test_killed_again_and_again(bench: Bench, emulator: Emulator, emulated: GlueProfile) -> None:
    """The local lake's own rows are what a run here makes of the same delivery."""

    def run(*faults: str) -> subprocess.CompletedProcess[str]:
        given = ["--profile", "emulated", "run", "--landing", str(bench.drop), "--accept-refused"]
        return run_warm(given, os.environ | {"STEDI_ENDPOINT": emulator.endpoint}, 600, faults)

    bench.restore()
    after = _without_pseudonyms(bench.after)
    points = [point.replace("_", " ") for point in _POINTS.replace("glue commit", "glue_commit").split()]
    struck = []
    for point in points:
        done = run(f"kill:{point}")
        assert done.returncode in {0, -signal.SIGKILL}, f"{point}: {done.stderr}"
        struck += [point] if done.returncode else []
        for name, rows in _contents(emulated).items():
            assert not rows or rows == after[name], f"kill:{point}: {name} is half published"
    assert len(struck) >= len(points) // 2
    done = run()
    assert done.returncode == 0, done.stderr
    assert _contents(emulated) == after
    assert lake_notes(emulated) == []
