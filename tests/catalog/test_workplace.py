"""Temporary files: in one folder of the process, which goes with it, or at the next start where it was killed."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

SPILLS = """
import sys
from catalog.read.duckdb import DuckDBEngine
from catalog.machine.workplace import workplace
engine = DuckDBEngine()
(workplace() / "spark").mkdir()
(workplace() / "spark" / "blockmgr").write_text("ann@example.com")
with DuckDBEngine() as other:
    print(workplace(), *[e.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]
        for e in (engine.connection(), other.connection())], flush=True)
    sys.stdin.read(1)
"""


def _start(folder: Path) -> tuple[subprocess.Popen[str], list[Path]]:
    started = subprocess.Popen(
        [sys.executable, "-c", SPILLS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder)},
    )
    assert started.stdout is not None
    return started, [Path(name) for name in started.stdout.readline().split()]


def _end(process: subprocess.Popen[str]) -> None:
    pipe: IO[str] | None = process.stdin
    assert pipe is not None
    pipe.write("x")
    pipe.close()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_what_a_process_spills_is_in_its_private_folder_and_goes_with_it(tmp_path: Path) -> None:
    process, [folder, *spills] = _start(tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(spills) == 2
    assert all(spill.is_relative_to(folder) for spill in spills)
    _end(process)
    assert not list(tmp_path.iterdir())


def test_a_killed_process_leaves_its_folder_to_the_next_which_spares_live_ones(tmp_path: Path) -> None:
    killed, [abandoned, *_] = _start(tmp_path)
    killed.send_signal(signal.SIGKILL)
    _end_quietly(killed)
    assert (abandoned / "spark" / "blockmgr").exists()
    alive, [kept, *_] = _start(tmp_path)
    assert not abandoned.exists()
    other, [second, *_] = _start(tmp_path)
    assert (kept / "spark" / "blockmgr").exists()
    assert (second / "spark" / "blockmgr").exists()
    _end(alive)
    _end(other)


def _end_quietly(process: subprocess.Popen[str]) -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def test_folders_of_that_name_that_are_links_stay(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (tmp_path / "stedi_run_link").symlink_to(tmp_path / "precious")
    process, _ = _start(tmp_path)
    _end(process)
    assert (tmp_path / "precious" / "file").exists()


@pytest.mark.spark
def test_spark_keeps_its_files_there(tmp_path: Path) -> None:
    program = (
        "import json, sys; from pathlib import Path\n"
        "from catalog.profiles.profile import local_profile; from catalog.engine.session import spark_session\n"
        "from catalog.machine.workplace import workplace\n"
        "spark = spark_session(local_profile(Path(sys.argv[1])))\n"
        "spark.range(1000).repartition(5).count()\n"
        "java = spark._jvm.java.lang.System.getProperty('java.io.tmpdir')\n"
        "warehouse = spark.conf.get('spark.sql.warehouse.dir').removeprefix('file:').replace('%20', ' ')\n"
        "spilled = [p.name for p in workplace().rglob('blockmgr*')]\n"
        "print(json.dumps([str(workplace()), java, warehouse, len(spilled)]))\n"
        "print(json.dumps([p.name for p in Path(sys.argv[2]).iterdir()]))\n"
        "spark.stop()\n"
    )
    temporary, elsewhere = tmp_path / "with a blank", tmp_path / "elsewhere"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "lake"), str(temporary)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {
            "TMPDIR": str(temporary),
            "SPARK_LOCAL_DIRS": str(elsewhere),
            # A warning of the JVM, and what it prints itself: both go to its standard output, left to itself.
            "STEDI_JAVA_OPTIONS": "-XX:+UseLargePages -XX:+PrintFlagsFinal",
        },
    )
    assert done.returncode == 0, done.stderr
    [folder, java, warehouse, spilled], seen = map(json.loads, done.stdout.splitlines())
    assert java == folder
    assert Path(warehouse.replace("//", "/")).is_relative_to(folder)
    assert spilled >= 1
    assert seen == [Path(folder).name]
    assert not elsewhere.exists()
    assert not list(temporary.iterdir())
