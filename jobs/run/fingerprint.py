"""The run key: what a table was made from. The same key again makes the same rows, so there is nothing to do."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.job import Job


# Texts and quoted names as they stand; all else word by word.
_WORD = re.compile(
    r"""(?P<left_out>\s+|--[^\n]*|/\*.*?\*/)|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\w+|.""", re.DOTALL
)


def code_key(job: Job, key_fingerprint: str) -> str:
    """SHA-256 of what gives the table its meaning: the job's statement, its columns, and the key that it uses.

    Comments, hints, docstrings, layout and the case of names have no part in it: they change no row.
    """
    return _sha256({"meaning": _meaning(job), "key": _key(job, key_fingerprint)})


def has_todays_meaning(code: str, job: Job, key_fingerprint: str) -> bool:
    """Whether a table of that code key was made by what has the meaning of today's code, columns and key.

    Version 0.1 hashed source texts. Its keys are known, and count for as long as the meaning is what it was then.
    """
    if code == code_key(job, key_fingerprint):
        return True
    then = _version_0_1()
    if job.writes not in then["jobs"]:
        return False
    known = then["jobs"][job.writes]
    if known["meaning"] != _meaning(job):
        return False
    sources = [then["sources"][module] for module in known["modules"]]
    return code == _sha256({"code": sources, "columns": known["columns"], "key": _key(job, key_fingerprint)})


def run_key(code: str, inputs: Mapping[str, int | None]) -> str:
    """SHA-256 of the code key and the input snapshots."""
    return _sha256([code, inputs])


def _meaning(job: Job) -> str:
    """SHA-256 of the statement's words and of the columns' names and types."""
    relations = {spec.name: spec.identifier for spec in job.inputs}
    statement = job.transform(**{name: name for name in relations})
    columns = [[column.name, column.type, column.required] for column in job.table.columns]
    return _sha256([_words(statement), sorted(relations.items()), columns])


@cache
def _words(statement: str) -> list[str]:
    """The words of a statement: those outside of quotes in upper case, without hints and comments.

    A parser takes long to load, and other versions of it may write the same otherwise.
    """
    words = (match[0] for match in _WORD.finditer(statement) if not match["left_out"])
    return [word if word[0] in "'\"`" else word.upper() for word in words]


def _key(job: Job, key_fingerprint: str) -> str | None:
    return key_fingerprint if "pseudonym" in job.functions else None


@cache
def _version_0_1() -> dict[str, Any]:
    known: dict[str, Any] = json.loads((resources.files("jobs") / "version_0_1.json").read_text(encoding="utf-8"))
    return known


def _sha256(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
