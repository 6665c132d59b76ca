"""What stays of a delivered file: by blocks of lines, and record by record, it is the same."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from catalog.drop.delivery import DeliveredFile
from jobs.erasure.delivered import Mentioned, rewritten_file
from jobs.erasure.subjects import Subjects

if TYPE_CHECKING:
    from pathlib import Path

GONE = ("ann.berg@example.test", "a@b.co", "ann.berg@example.tests")
OTHERS = ("ben.clay@example.test", "xann.berg@example.test", "a@b.com", "ann.berg@example.te")


def _lines(seed: int, count: int) -> list[str]:
    dice = random.Random(seed)  # noqa: S311 - test data
    people = [*GONE, *OTHERS * 20]
    return [
        json.dumps({"user": user if dice.random() < 0.5 else user.title(), "timestamp": 1_704_067_200_000 + n} | more)
        for n in range(count)
        for user in [dice.choice(people)]
        for more in [{"x": 1.0, "y": 0.5, "z": dice.choice((-0.25, 17.5))}]
    ]


def _rewritten(path: Path) -> tuple[bytes, int] | None:
    subjects = Subjects(GONE, tuple("0" * 64 for _ in GONE), emails=GONE)
    wanted = Mentioned(subjects.erased(b"k" * 32, 1), subjects.pattern(), tuple(each.encode() for each in GONE))
    file = DeliveredFile("accelerometer", path.name, str(path), path.stat().st_size, 0)
    new = rewritten_file(file, wanted)
    return None if new is None else (new.data, new.records)


@pytest.mark.parametrize("end", ["\n", "\r\n", ",\n"])
@pytest.mark.parametrize(
    "more", ["", '"café": 1, ', '"n": [1], '], ids=["by blocks", "each line in doubt", "by records"]
)
def test_only_their_lines_go(tmp_path: Path, end: str, more: str) -> None:
    """More than two blocks."""
    lines = [line.replace('"x"', f'{more}"x"') for line in _lines(1, 25_000)]
    path = tmp_path / "a.json"
    path.write_text("".join(line + end for line in lines), encoding="utf-8", newline="")
    kept = [line for line in lines if json.loads(line)["user"].lower() not in GONE]
    assert path.stat().st_size > 2 * 1024 * 1024
    found = _rewritten(path)
    assert found is not None
    data, records = found
    assert records == len(lines) - len(kept) > 500
    assert [line.rstrip("\r,") for line in data.decode().split("\n") if line.strip("\r, ")] == kept


def test_a_file_without_them_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("".join(line + "\n" for line in _lines(2, 500) if json.loads(line)["user"].lower() not in GONE))
    assert _rewritten(path) is None
