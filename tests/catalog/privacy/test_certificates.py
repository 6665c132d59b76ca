"""A certificate holds as it was signed, in its place in the chain, and no other way."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import DamagedLakeError, DataRefusedError, RetryableError, UsageError
from catalog.privacy.certificate_body import OUT_OF_SCOPE, ErasedTable, certificate_body
from catalog.privacy.certificates import (
    CERTIFICATE_KEY,
    Certificate,
    append,
    public_key_of,
    read_all,
    verify,
    verify_list,
)
from catalog.privacy.finding import Finding, PlaceKind
from catalog.privacy.proof import Proof
from catalog.profiles.profile import local_profile
from catalog.storage.files import LocalStorage
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

KEY = secrets.token_bytes(32)
PUBLIC = public_key_of(KEY)
DIGESTS = ("b" * 64, "a" * 64)


def _proof(*findings: Finding) -> Proof:
    return Proof(findings, DIGESTS, 7, {"email": 2}, {"phone": 1}, 33, (), 0.1)


def _append(folder: Path, *findings: Finding, key: bytes = KEY, erasure: str = "e1") -> Certificate:
    tables = {"landing.customer_landing": ErasedTable(1, 2, 3)}
    proof = _proof(*findings)
    body = certificate_body(erasure, "c" * 64, tables, proof, {"phone": {"others have it, too": 4}}, ["tape"])
    return append(LocalStorage(), f"file://{folder}", body, proof.digests, key)


@pytest.fixture
def chain(tmp_path: Path) -> list[Path]:
    for _ in range(3):
        _append(tmp_path)
    return sorted(tmp_path.glob("certificates/*.json"))


def _texts(files: list[Path]) -> list[bytes]:
    return [file.read_bytes() for file in files]


def test_a_certificate_says_what_was_done_and_holds_no_value(tmp_path: Path) -> None:
    leak = Finding("file:///drop/secret.json", "JSON", PlaceKind.DROP, values=("email in plain",))
    document = _append(tmp_path, leak, leak).document
    assert document["tables"] == {"landing.customer_landing": {"before": 1, "after": 2, "rowsRemoved": 3}}
    assert document["findings"] == [{"place": "drop folder", "state": "current", "kind": "JSON", "count": 2}]
    assert document["valuesLeftOut"] == {"phone": {"others have it, too": 4, "shorter than 8 characters": 1}}
    assert document["outOfScope"] == [*OUT_OF_SCOPE, "tape"]
    assert "secret" not in json.dumps(document)


def test_a_chain_is_verified(chain: list[Path], tmp_path: Path) -> None:
    found = verify(_texts(chain), [PUBLIC])
    assert [each.number for each in found] == [1, 2, 3]
    assert [each.text for each in read_all(LocalStorage(), f"file://{tmp_path}")] == _texts(chain)
    verify_list(found[0], chain[0].with_suffix(".files").read_bytes())
    assert chain[0].with_suffix(".files").read_text().split() == sorted(DIGESTS)


def test_no_bit_can_be_changed(chain: list[Path]) -> None:
    text = chain[0].read_bytes()
    for place in range(len(text)):
        for bit in range(8):
            changed = bytearray(text)
            changed[place] ^= 1 << bit
            with pytest.raises(DataRefusedError):
                verify([bytes(changed)], [PUBLIC])
    for other in (text[:-1], text + b"\n", b" " + text, b"", b"[]", b"{}", b"[" * 99_999):
        with pytest.raises(DataRefusedError):
            verify([other], [PUBLIC])


def _wrong(chain: list[Path]) -> dict[str, list[Path]]:
    first, second, third = chain
    return {
        "another order": [second, first, third],
        "one is missing": [first, third],
        "one twice": [first, second, second],
        "backwards": [third, second, first],
    }


@pytest.mark.parametrize("name", ["another order", "one is missing", "one twice", "backwards"])
def test_a_chain_that_is_not_whole_is_refused(chain: list[Path], name: str) -> None:
    with pytest.raises(DataRefusedError, match="is followed by"):
        verify(_texts(_wrong(chain)[name]), [PUBLIC])


def test_one_of_another_chain_is_refused(chain: list[Path], tmp_path: Path) -> None:
    _append(tmp_path / "other", erasure="e2")
    other = _append(tmp_path / "other")
    with pytest.raises(DataRefusedError, match="does not follow"):
        verify([chain[0].read_bytes(), other.text], [PUBLIC])


def test_only_who_was_named_may_have_signed(chain: list[Path]) -> None:
    stranger = public_key_of(secrets.token_bytes(32))
    with pytest.raises(DataRefusedError, match="not signed by the public key"):
        verify(_texts(chain), [stranger])
    assert len(verify(_texts(chain), [stranger, PUBLIC])) == 3
    with pytest.raises(UsageError, match="64 hexadecimal"):
        verify(_texts(chain), ["00"])


def test_a_stranger_cannot_sign_in_the_owners_name(tmp_path: Path) -> None:
    forged = dict(_append(tmp_path, key=secrets.token_bytes(32)).document) | {"publicKey": PUBLIC}
    text = (json.dumps(forged, indent=2, sort_keys=True) + "\n").encode()
    with pytest.raises(DataRefusedError, match="signature"):
        verify([text], [PUBLIC])


def test_a_list_of_other_files_is_refused(chain: list[Path]) -> None:
    [certificate] = verify(_texts(chain[:1]))
    with pytest.raises(DataRefusedError, match="list of files"):
        verify_list(certificate, b"")


@pytest.mark.parametrize("gone", [0, 1])
def test_nothing_is_added_to_a_broken_chain(chain: list[Path], tmp_path: Path, gone: int) -> None:
    chain[gone].unlink()
    with pytest.raises(DamagedLakeError, match=r"is broken|begins with"):
        _append(tmp_path)


def test_of_two_that_add_one_at_once_one_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _append(tmp_path)
    monkeypatch.setattr("catalog.privacy.certificates.read_all", lambda *_: [])
    with pytest.raises(RetryableError, match="run again"):
        _append(tmp_path)
    assert len(list(tmp_path.glob("certificates/*"))) == 2


def test_the_key_is_one_of_its_own_outside_of_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEDI_CERTIFICATE_KEY")
    monkeypatch.setenv("STEDI_CERTIFICATE_KEY_FILE", str(tmp_path / "lake" / "key"))
    with pytest.raises(UsageError, match=r"the certificate key .* lies in the lake"):
        CERTIFICATE_KEY.load(local_profile(tmp_path / "lake"))
    monkeypatch.setenv("STEDI_CERTIFICATE_KEY_FILE", str(tmp_path / "certificate.key"))
    made = CERTIFICATE_KEY.load(local_profile(tmp_path / "lake"))
    assert stedi("privacy", "public-key").stdout.strip() == public_key_of(made)


def test_verifying_needs_no_lake_and_no_engine(chain: list[Path]) -> None:
    program = """
import sys
from pathlib import Path
from catalog.privacy.certificates import verify
print(len(verify([Path(each).read_bytes() for each in sys.argv[2:]], [sys.argv[1]])))
heavy = {"pyiceberg", "pyarrow", "numpy", "boto3", "botocore", "duckdb", "pyspark", "typer"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, PUBLIC, *map(str, chain)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["3", "[]"]


def _document(*arguments: object) -> Any:
    done = stedi("privacy", "verify", *arguments, "-o", "json")
    return done.returncode, json.loads(done.stdout)


def test_the_command_verifies_and_says_what_it_cannot_know(chain: list[Path]) -> None:
    code, document = _document(*chain, "--public-key", PUBLIC)
    assert (code, document["authentic"], document["warnings"]) == (0, True, [])
    assert len(document["certificates"]) == 3
    code, document = _document(chain[1])
    assert (code, document["authentic"], document["intact"]) == (0, False, True)
    assert "anybody may have signed it" in document["warnings"][0]


def test_the_command_refuses_what_was_changed(chain: list[Path]) -> None:
    chain[2].write_bytes(chain[2].read_bytes().replace(b'"rowsRemoved": 3', b'"rowsRemoved": 4'))
    done = stedi("privacy", "verify", *chain, "--public-key", PUBLIC)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "stedi: the signature of certificate 3 of 3 is not valid: it was changed\n"
    chain[0].with_suffix(".files").write_text("")
    assert _document(chain[0], "--public-key", PUBLIC)[0] == 1
    assert _document(chain[0].with_name("none.json"), "--public-key", PUBLIC)[0] == 2
