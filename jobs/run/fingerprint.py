"""The run key: what a table was made from. The same key again makes the same rows, so there is nothing to do."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from typing import TYPE_CHECKING

from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.job import Job

_SHARED_MEANING = ("jobs.consent", "jobs.holding")


def code_key(job: Job, key_fingerprint: str) -> str:
    """SHA-256 of what gives the table its meaning: the job's code, its columns, and the key it uses."""
    parts = {
        "code": [_source(module) for module in (job.transform.__module__, *_SHARED_MEANING)],
        "columns": [repr(column) for column in table(job.writes).columns],
        "key": key_fingerprint if "pseudonym" in job.functions else None,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run_key(code: str, inputs: Mapping[str, int | None]) -> str:
    """SHA-256 of the code key and the input snapshots."""
    return hashlib.sha256(json.dumps([code, inputs], sort_keys=True).encode()).hexdigest()


def _source(module: str) -> str:
    return inspect.getsource(importlib.import_module(module))
