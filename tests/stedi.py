"""Running the command as a user does: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.warm import run_warm

COMMAND = str(Path(sys.executable).parent / "stedi")
_SECONDS = 900


def stedi(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``stedi`` with these arguments, whatever its exit code.

    With variables of its own, or by Spark, it starts as on a command line: these decide what is loaded, and how.
    """
    given = list(map(str, arguments))
    if not environment and "spark" not in given:
        return run_warm(given, os.environ, _SECONDS)
    return subprocess.run(
        [COMMAND, *given],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        env=os.environ | environment,
    )


def stedi_json(*arguments: object) -> Any:
    """Run ``stedi … --output json``, which must succeed; the document that it prints."""
    done = stedi(*arguments, "--output", "json")
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def rows_by_table(document: dict[str, Any]) -> dict[str, int]:
    """Rows of each table, from the document of ``stedi run`` or ``stedi status``."""
    return {table["table"]: table["rows"] for table in document["tables"]}
