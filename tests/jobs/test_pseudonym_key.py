"""The key of pseudonyms: nobody else can read or guess it, it lies with no data, and two first uses make one."""

from __future__ import annotations

import secrets
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from catalog.errors import UsageError
from catalog.profiles.profile import local_profile
from jobs.pseudonym import find_key, load_key
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

GOOD = secrets.token_hex(32)
WEAK = {
    "all zero": "00" * 32,
    "one byte": "a7" * 32,
    "too short": secrets.token_hex(16),
    "few bytes": "0123456789abcd" * 4 + "01020304" + "01234567",
    "counting up": bytes(range(32)).hex(),
    "counting down": bytes(range(255, 191, -2)).hex(),
}


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings" / "pseudonym.key"
    monkeypatch.delenv("STEDI_PSEUDONYM_KEY")
    monkeypatch.setenv("STEDI_PSEUDONYM_KEY_FILE", str(path))
    return path


def _put(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_a_key_is_made_on_first_use_and_stays(key_file: Path) -> None:
    assert find_key() is None
    assert not key_file.exists()
    made = load_key()
    assert load_key() == find_key() == made
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert list(key_file.parent.iterdir()) == [key_file]


def test_first_uses_at_once_make_one_key(key_file: Path) -> None:
    program = "from jobs.pseudonym import load_key; import sys; sys.stdin.read(1); print(load_key().hex())"
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    keys = {process.communicate()[0].strip() for process in started}
    assert keys == {key_file.read_text().strip()}


@pytest.mark.parametrize("made_by_another", ["before the look", "after the look"])
def test_a_key_that_another_made_meanwhile_is_the_one(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, made_by_another: str
) -> None:
    genuine = secrets.token_hex

    def make_one_meanwhile(count: int) -> str:
        _put(key_file, GOOD)
        return str(genuine(count))

    if made_by_another == "before the look":
        _put(key_file, GOOD)
    else:
        monkeypatch.setattr(secrets, "token_hex", make_one_meanwhile)
    assert load_key() == bytes.fromhex(GOOD)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_or_change_is_refused(key_file: Path, mode: int) -> None:
    _put(key_file, GOOD, mode)
    with pytest.raises(UsageError, match="open to others"):
        load_key()


@pytest.mark.parametrize("key", WEAK.values(), ids=WEAK)
def test_a_weak_key_is_refused_wherever_it_comes_from(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    _put(key_file, key)
    with pytest.raises(UsageError) as of_file:
        load_key()
    monkeypatch.setenv("STEDI_PSEUDONYM_KEY", key)
    with pytest.raises(UsageError) as of_variable:
        load_key()
    assert key not in f"{of_file.value}{of_variable.value}"


@pytest.mark.parametrize("place", ["lake", "drop", "link"])
def test_a_key_that_lies_with_the_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    lake, drop = tmp_path / "lake", tmp_path / "drop"
    where = {"lake": lake / "keys", "drop": drop / "customer", "link": tmp_path / "elsewhere"}[place]
    (lake / "keys").mkdir(parents=True)
    if place == "link":
        where.symlink_to(lake / "keys")
    monkeypatch.delenv("STEDI_PSEUDONYM_KEY")
    monkeypatch.setenv("STEDI_PSEUDONYM_KEY_FILE", str(where / "key"))
    for attempt in ("none there", "there"):
        with pytest.raises(UsageError, match="lies in"):
            load_key(local_profile(lake), drop)
        assert not (where / "key").exists() or attempt == "there"
        _put(where / "key", GOOD)


def test_the_command_refuses_in_one_line(tmp_path: Path, key_file: Path) -> None:
    (tmp_path / "drop" / "customer" / "landing").mkdir(parents=True)
    (tmp_path / "drop" / "customer" / "landing" / "one.json").write_text("{}")
    _put(key_file, GOOD, 0o644)
    done = stedi("run", "--landing", tmp_path / "drop", "--lake", tmp_path / "lake")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stedi: the pseudonym key")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "lake").exists()
