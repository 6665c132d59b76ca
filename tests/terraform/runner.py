"""Runs scripts as Glue does, one after the other on a warm Java: a script and its arguments on a line, as JSON."""

from __future__ import annotations

import json
import runpy
import sys

for line in sys.stdin:
    script, *sys.argv[1:] = json.loads(line)
    sys.argv[0] = script
    ended = "done"
    try:
        runpy.run_path(script, run_name="__main__")
    except Exception as error:  # noqa: BLE001 - Glue shows it as the run's message
        ended = f"{type(error).__name__}: {error}"
    sys.stdout.write(f"\n@ended {json.dumps(ended)}\n")
    sys.stdout.flush()
