"""How the answer to a query is printed, and how its process ends: as a user, a spreadsheet and a shell see it."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from jobs.cli.csv_rows import csv_cells
from jobs.cli.text_table import lines_of
from tests.lake_without_spark import append, make_lake
from tests.stedi import COMMAND, stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

TRAINING = "curated.machine_learning_curated"
# Some 20 MB and, counted, days of work.
MANY = f"SELECT a.*, b.x AS bx, c.x AS cx FROM {TRAINING} a, {TRAINING} b, {TRAINING} c"
ENDLESS = f"SELECT count(*) FROM {', '.join(f'{TRAINING} t{number}' for number in range(8))} WHERE t1.x < t2.y + t3.z"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    from datetime import UTC, datetime

    profile = make_lake(tmp_path_factory.mktemp("output") / "lake")
    rows = [
        {
            "pseudonym": f"pseudonym {number % 5}",
            "timestamp": number,
            "x": number / 4 - 1,
            "y": 1.0,
            "z": -1.0,
            "distanceFromObject": number,
            "readingTime": datetime.fromtimestamp(number, UTC),
        }
        for number in range(60)
    ]
    append(profile, TRAINING, rows)
    return profile


def test_csv_tells_null_from_an_empty_text_and_computes_nothing(lake: LocalProfile, tmp_path: Path) -> None:
    sql = """SELECT * FROM (VALUES
        (1, '', '=1+1', -5, -1.5, DATE '2024-01-02'),
        (2, NULL, '+4912345', 5, 2.5, NULL),
        (3, 'a,b', '-x', NULL, NULL, NULL),
        (4, 'say "hi"', '@SUM(1)', 0, 0.5, NULL),
        (5, 'two
lines', 'a=b', 0, 0.5, NULL)) AS t(id, text, formula, whole, part, day) ORDER BY 1"""
    printed = stedi("query", sql, "--lake", lake.lake, "--output", "csv").stdout
    assert printed == (
        "id,text,formula,whole,part,day\n"
        '1,"",\'=1+1,-5,-1.5,2024-01-02\n'
        "2,,'+4912345,5,2.5,\n"
        '3,"a,b",\'-x,,,\n'
        '4,"say ""hi""",\'@SUM(1),0,0.5,\n'
        '5,"two\nlines",a=b,0,0.5,\n'
    )
    assert len(list(csv.reader(io.StringIO(printed)))) == 6
    file = tmp_path / "answer.csv"
    assert stedi("query", sql, "--lake", lake.lake, "-o", "csv", "--raw", "--to", file).returncode == 0
    assert '1,"",=1+1,-5,-1.5,2024-01-02\n' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_begins_as_a_formula_does(start: str) -> None:
    [guarded] = csv_cells([f"{start}cmd"], guarded=True)
    assert guarded.lstrip('"').startswith("'")
    [raw] = csv_cells([f"{start}cmd"], guarded=False)
    assert raw.strip('"') == f"{start}cmd"


def test_a_header_is_no_formula_either(lake: LocalProfile) -> None:
    printed = stedi("query", 'SELECT 1 AS "=1+1"', "--lake", lake.lake, "--output", "csv").stdout
    assert printed == "'=1+1\n1\n"


def test_a_table_is_aligned_whatever_its_letters_are() -> None:
    lines = list(
        lines_of(["name", "n"], [["a", "東京", "é", "x\n\x1b[2J"], ["1", "22", "NULL", "3"]], [False, True], None)
    )
    assert lines == [
        "  name            n",
        "  ─────────────────",
        "  a               1",
        "  東京           22",
        "  é            NULL",
        r"  x\n\x1b[2J      3",
    ]


def test_rows_that_do_not_fit_stand_one_under_the_other() -> None:
    names, columns = ["first", "second"], [["a" * 10, "b"], ["c" * 10, "d"]]
    fits = list(lines_of(names, columns, [False, False], 25))
    assert len(fits) == 4
    assert list(lines_of(names, columns, [False, False], 24)) == [
        "─[ row 1 ]──────────────",
        "first  │ aaaaaaaaaa",
        "second │ cccccccccc",
        "─[ row 2 ]──────────────",
        "first  │ b",
        "second │ d",
    ]


@pytest.mark.parametrize(("columns", "stacked"), [(60, True), (300, False)])
def test_the_terminal_says_what_fits(lake: LocalProfile, columns: int, stacked: bool) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    arguments = [COMMAND, "query", f"SELECT * FROM {TRAINING} LIMIT 2", "--lake", str(lake.lake)]
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    subprocess.run(arguments, stdout=theirs, timeout=120, check=True, env=environment)
    os.close(theirs)
    printed = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ("─[ row 2 ]" in printed) is stacked
    # A pipe has no width: what reads it gets a line a row.
    assert "─[ row" not in stedi("query", f"SELECT * FROM {TRAINING} LIMIT 2", "--lake", lake.lake).stdout


def test_many_rows_are_counted_and_shown_as_asked(lake: LocalProfile) -> None:
    sql = f"SELECT a.timestamp FROM {TRAINING} a, {TRAINING} b"
    text = stedi("query", sql, "--lake", lake.lake, "--max-rows", 10).stdout.splitlines()
    assert len(text) == 2 + 10 + 1
    assert text[-1].startswith("the first 10 of 3,600 rows")
    assert stedi("query", sql, "--lake", lake.lake, "--max-rows", 5000).stdout.splitlines()[-1] == "3,600 rows"


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", MANY, "--output", "csv"),
        ("query", MANY, "--output", "json"),
        ("query", MANY, "--max-rows", "300000"),
        ("query", "--list"),
        ("describe", "--output", "json"),
        ("describe", "customer_trusted"),
        ("status",),
        ("history", TRAINING),
    ],
    ids=lambda arguments: " ".join(arguments[:2])[:20],
)
def test_a_reader_may_leave(lake: LocalProfile, arguments: tuple[str, ...]) -> None:
    whole = (
        [*arguments] if arguments[0] == "describe" or "--list" in arguments else [*arguments, "--lake", str(lake.lake)]
    )
    assert _unread(*whole) == (0, "")


def test_a_refusal_that_nobody_reads_is_still_one(lake: LocalProfile) -> None:
    code, _ = _unread("query", "SELECT nothing", "--lake", str(lake.lake), "--output", "json")
    assert code == 2


def _unread(*arguments: str) -> tuple[int, str]:
    """Exit code and errors of a command whose output nobody reads from the start."""
    command = [COMMAND, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        said = started.stderr.read()
    return started.returncode, said


# A thread of pyiceberg's that waits for a slow disk: Python does not end before its threads have.
STUCK = """
import sys
from pathlib import Path
from pyiceberg.utils.concurrent import ExecutorFactory
from catalog.query import engine
from jobs.cli import main
def read(*_):
    ExecutorFactory.get_or_create().submit(Path(sys.argv[1]).read_bytes).result()
engine.read = read
main(sys.argv[2:])
"""


def test_ctrl_c_stops_a_query_in_the_engine(lake: LocalProfile, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [COMMAND, "query", ENDLESS, "--lake", str(lake.lake)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    process = psutil.Process(started.pid)
    while process.cpu_times().user < 4:  # which is after its start
        assert started.poll() is None
    assert list(tmp_path.iterdir())
    _interrupt(started)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_stops_a_query_while_files_are_read(lake: LocalProfile, tmp_path: Path) -> None:
    pipe, spills = tmp_path / "pipe", tmp_path / "spills"
    os.mkfifo(pipe)
    spills.mkdir()
    started = subprocess.Popen(
        [sys.executable, "-c", STUCK, pipe, "query", f"SELECT count(*) FROM {TRAINING}", "--lake", str(lake.lake)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(spills)},
    )
    with pipe.open("wb"):  # which waits until it is opened to be read
        _interrupt(started)
    assert list(spills.iterdir()) == []


def _interrupt(started: subprocess.Popen[bytes]) -> None:
    """It ends, long before it would have, with the code of Ctrl-C and without a traceback."""
    with started:
        try:
            started.send_signal(signal.SIGINT)
            said, errors = started.communicate(timeout=60)
        finally:
            started.kill()
    assert (started.returncode, said) == (130, b"")
    assert b"Traceback" not in errors


def test_describe_says_what_the_specs_say() -> None:
    document = stedi_json("describe", "trusted.accelerometer_trusted")
    assert document["grain"] == ["person", "timestamp", "x", "y", "z"]
    assert document["partitioning"] == ["days(readingTime)"]
    columns: dict[str, Any] = {column["name"]: column for column in document["columns"]}
    assert columns["user"]["personal"]
    assert not columns["x"]["personal"]
    assert columns["timestamp"]["type"] == "bigint"
    text = stedi("describe", "accelerometer_trusted").stdout
    assert columns["x"]["doc"] in text
    assert "Unique by: person, timestamp, x, y, z" in text
    assert "days(readingTime)" in text
    assert {table["table"] for table in stedi_json("describe")["tables"]} >= {TRAINING, "landing.quarantine"}
    wrong = stedi("describe", "trusted.customers_trusted")
    assert (wrong.returncode, "did you mean trusted.customer_trusted" in wrong.stderr) == (2, True)


def test_named_queries_take_tags(lake: LocalProfile) -> None:
    from catalog.lake import load_catalog

    table = load_catalog(lake).load_table(TRAINING)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    table.manage_snapshots().create_tag(snapshot.snapshot_id, "v1").commit()
    place = ("--lake", lake.lake)
    by_tag = stedi_json("query", "--name", "training_set_at", "--param", "at=v1", *place)
    assert by_tag["rows"][0][:2] == [60, 5]
    counted = stedi_json("query", "--name", "zone_counts", "--as-of", "v1", *place)
    assert ["curated", "machine_learning_curated", 60] in counted["rows"]
    refused = stedi("query", "SELECT 1", "--as-of", "v1", "--engine", "athena", *place)
    assert (refused.returncode, "--as-of" in refused.stderr) == (2, True)
    assert json.loads(stedi("query", "--list", "-o", "json").stdout)["queries"]
