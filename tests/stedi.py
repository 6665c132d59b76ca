"""Running the command as a user does: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).parent / "stedi")


def stedi(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``stedi`` with these arguments, whatever its exit code."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
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
