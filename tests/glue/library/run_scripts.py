"""Runs scripts one after the other as Glue runs each: as ``__main__``, with its own arguments, on a warm Java."""

from __future__ import annotations

import json
import runpy
import sys

for script, *arguments in json.loads(sys.stdin.read()):
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
