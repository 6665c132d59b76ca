"""Ctrl-C and SIGTERM: a run ends at once and in order, with one line, and leaves nothing behind."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.faults.test_kills import POINTS

if TYPE_CHECKING:
    import subprocess

    from tests.faults.bench import Bench

CODES = {"interrupt": 130, "terminate": 143, "swallowed": 130, "stuck": 130}


def _assert_stopped(bench: Bench, done: subprocess.CompletedProcess[str], fault: str) -> None:
    action = fault.partition(":")[0]
    assert done.returncode == CODES[action], f"{fault}: {done.returncode}: {done.stderr}"
    said = [line for line in done.stderr.splitlines() if line.startswith("stedi: ")]
    assert len(said) == 1, f"{fault}: {done.stderr}"
    assert said[0].startswith("stedi: stopped"), fault
    assert "Traceback" not in done.stderr, fault
    assert done.stdout == "", fault
    assert not list(bench.temporary.iterdir()), fault
    bench.check_readable(fault)


def test_both_signals_and_those_that_are_swallowed_or_come_in_native_code(bench: Bench) -> None:
    """Each run goes on from what the one before left."""
    bench.restore()
    for fault in (
        "interrupt:before:plan:2",
        "terminate:after:snapshot:1",
        "swallowed:before:plan:3",
        "stuck:after:publish:1",
    ):
        _assert_stopped(bench, bench.run(fault), fault)
    bench.check_healed("after four signals")


@pytest.mark.faults
def test_a_stopped_command_says_so_to_programs(bench: Bench) -> None:
    bench.restore()
    faults = ["terminate:before:plan:1"]
    done = bench.stedi("run", "--landing", bench.drop, "--accept-refused", "--output", "json", faults=faults)
    assert done.returncode == 143
    assert '"exitCode": 143' in done.stdout


@pytest.mark.faults
@pytest.mark.parametrize("action", ["interrupt", "terminate"])
@pytest.mark.parametrize("point", POINTS)
def test_stopped_at(bench: Bench, point: str, action: str) -> None:
    bench.restore()
    fault = f"{action}:{point}"
    _assert_stopped(bench, bench.run(fault), fault)
    bench.check_healed(fault)


@pytest.mark.faults
@pytest.mark.spark
@pytest.mark.parametrize("action", ["interrupt", "terminate", "kill", "no java"])
def test_no_java_stays(bench: Bench, action: str) -> None:
    bench.restore()
    fault = f"{action}:before:build:2"
    done = bench.by_spark(fault)
    expected = {"kill": -signal.SIGKILL, "no java": 3} | CODES
    assert done.returncode == expected[action], done.stderr
    assert "Traceback" not in done.stderr
    if action == "no java":
        assert done.stderr.splitlines()[-1].startswith("stedi: Spark's processes have ended")
    mine = [each for each in psutil.process_iter(["cmdline"]) if str(bench.temporary) in str(each.info["cmdline"])]
    assert not psutil.wait_procs(mine, timeout=30)[1]
    bench.check_readable(fault)
    bench.check_healed(fault)
