"""What fails while a run is under way, besides the run itself: disks, memory, the catalog, and other writers."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.lake import open_lake
from catalog.specs import TABLES
from jobs.pseudonym import find_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.bench import Bench

SAFE_TO_RUN_AGAIN = 3
_LINE = "stedi: "
_POINTS = """
before:discover:1 after:rows:1 after:finish:3 after:metadata:2 after:commit:1 before:commit:5 after:commit:6
before:build:2 after:build:3 before:validate:2 before:publish:2 after:publish:6 before:record:1 before:report:1
"""


def _assert_told(done: subprocess.CompletedProcess[str], what: str, code: int = SAFE_TO_RUN_AGAIN) -> None:
    assert done.returncode == code, f"{what}: {done.returncode}: {done.stderr}"
    assert "Traceback" not in done.stderr, what
    said = [line for line in done.stderr.splitlines() if not line.startswith("  ")]
    assert len(said) == 1, f"{what}: {done.stderr}"
    assert said[0].startswith(_LINE), what


def test_one_failure_after_the_other(bench: Bench) -> None:
    """A sample: each run goes on from what the one before left."""
    bench.restore()
    for fault in ("full:after:rows:2", "unknown:after:commit:6"):
        _assert_told(bench.run(fault), fault)
        bench.check_readable(fault)
    bench.check_healed("after two failures")


@pytest.mark.faults
@pytest.mark.parametrize("action", ["full", "memory", "unknown"])
@pytest.mark.parametrize("point", _POINTS.split())
def test_fails_at(bench: Bench, action: str, point: str) -> None:
    bench.restore()
    fault = f"{action}:{point}"
    _assert_told(bench.run(fault), fault)
    bench.check_readable(fault)
    bench.check_healed(fault)


@pytest.mark.faults
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("commit", [1, 4, 7, 12])
def test_a_lost_compare_and_swap_is_tried_again(bench: Bench, commit: int, times: int) -> None:
    bench.restore()
    faults = [f"moved:before:commit:{commit + number}" for number in range(times)]
    done = bench.run(*faults)
    assert done.returncode == 0, done.stderr
    assert "retrying" not in done.stderr
    assert bench.contents() == bench.after


@pytest.mark.faults
def test_a_compare_and_swap_that_is_always_lost(bench: Bench) -> None:
    bench.restore()
    _assert_told(bench.run("moved:before:commit:0"), "moved")
    assert bench.contents() == bench.before
    bench.check_healed("moved")


@contextmanager
def _held(bench: Bench, seconds: float) -> Iterator[None]:
    """Somebody else's transaction on the catalog, from a second on."""

    def hold() -> None:
        with closing(sqlite3.connect(bench.profile.catalog_file, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.faults
@pytest.mark.parametrize("seconds", [1, 30])
def test_the_catalog_is_locked(bench: Bench, seconds: float) -> None:
    bench.restore()
    with _held(bench, seconds):
        done = bench.run()
    if done.returncode:
        _assert_told(done, f"locked for {seconds} s")
    bench.check_readable("locked")
    bench.check_healed("locked")


@pytest.mark.faults
def test_two_runs_at_once(bench: Bench) -> None:
    bench.restore()
    with ThreadPoolExecutor(2) as threads:
        command = ("run", "--landing", bench.drop, "--accept-refused", "--wait", 300)
        done = list(threads.map(lambda _: bench.stedi(*command), range(2)))
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert bench.contents() == bench.after
    bench.check_healed("two at once")


@pytest.mark.faults
def test_a_run_against_an_erasure_against_maintenance(bench: Bench) -> None:
    """Whatever order they get the lock in: the erased person is gone, everybody else has what a run alone makes."""
    bench.restore()
    lake = open_lake(bench.profile)
    people = lake.table(TABLES["landing.customer_landing"]).scan().to_arrow()["person"].to_pylist()
    leaves = sorted(set(map(str, people)))[0]
    commands = [
        ("run", "--landing", bench.drop, "--accept-refused", "--wait", 300),
        ("erase", "--email", leaves, "--landing", bench.drop, "--yes", "--wait", 300),
        ("maintain", "--yes", "--wait", 300),
    ]
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda command: bench.stedi(*command), commands))
    for command, each in zip(commands, done, strict=True):
        assert each.returncode in {0, SAFE_TO_RUN_AGAIN}, f"{command[0]}: {each.stderr}"
    again = bench.run()
    assert again.returncode == 0, again.stderr
    for name in ("landing.customer_landing", "trusted.customer_trusted"):
        rows = open_lake(bench.profile).table(TABLES[name]).scan().to_arrow()
        others = {str(each) for each in rows["person"].to_pylist()}
        assert leaves not in others, name
        expected = {text for text in bench.after[name] if f"'person': '{leaves}'" not in text}
        assert len(rows) == sum(bench.after[name][text] for text in expected), name


@pytest.mark.faults
@pytest.mark.parametrize("kilobytes", [200, 700, 1_000])
def test_a_small_disk(bench: Bench, kilobytes: int) -> None:
    """A disk of its own, which only the superuser can make."""
    bench.restore()
    disk = bench.folder / "disk"
    disk.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        for _ in range(2):  # what the first one left does not confuse the second
            done = bench.stedi_elsewhere(disk / "lake")
            if done.returncode:
                _assert_told(done, f"{kilobytes} kB")
    finally:
        subprocess.run(["umount", disk], check=True)


def test_two_first_uses_of_the_key_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.stdin.read(); from jobs.pseudonym import load_key; print(load_key().hex())"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STEDI_PSEUDONYM_KEY")}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    time.sleep(1)
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    keys = set()
    for process in started:
        assert process.stdout is not None
        keys.add(process.stdout.read().strip())
        process.stdout.close()
        assert process.wait() == 0
    monkeypatch.delenv("STEDI_PSEUDONYM_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    key = find_key()
    assert key is not None
    assert keys == {key.hex()}
    assert len(list((tmp_path / "stedi").iterdir())) == 1
