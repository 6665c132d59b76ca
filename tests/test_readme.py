"""The README keeps its word: its picture is the lineage, its Python runs, and its commands are real."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from jobs.lineage import mermaid
from tests.stedi import COMMAND

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", README, re.DOTALL)


def test_the_picture_is_the_lineage() -> None:
    assert _blocks("mermaid") == [mermaid()]


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", README, re.MULTILINE))
def test_make_targets_exist(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.spark
def test_the_commands_and_the_example_run_as_written(tmp_path: Path) -> None:
    commands = [line for block in _blocks("bash") for line in block.splitlines() if line.startswith(".venv/bin/stedi")]
    assert len(commands) == 8
    for command in commands:
        words = shlex.split(command, comments=True)
        done = subprocess.run(
            [COMMAND, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr
    [example] = _blocks("python")
    python = Path(COMMAND).with_name("python")
    done = subprocess.run(
        [python, "-c", example + "\nassert len(frame)"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
