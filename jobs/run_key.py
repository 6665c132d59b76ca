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

_SHARED_MEANING = "jobs.consent"


def run_key(job: Job, pins: Mapping[str, int | None], key_fingerprint: str) -> str:
    """SHA-256 of the input snapshots, the code that gives the table its meaning, and the parameters."""
    parts = {
        "inputs": {name: pins[name] for name in job.reads},
        "code": [_source(module) for module in (job.transform.__module__, _SHARED_MEANING)],
        "columns": [repr(column) for column in table(job.writes).columns],
        "parameters": key_fingerprint if "pseudonym_key" in job.parameters else None,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _source(module: str) -> str:
    return inspect.getsource(importlib.import_module(module))
