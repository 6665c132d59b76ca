"""What happens to data: one file per Glue job, each a declaration, a pure function of DataFrames and a ``main``."""

from __future__ import annotations

import sys
from pathlib import Path

# For a script that is started by its path, Python looks for modules beside it first: ``platform`` would then be ours.
if sys.path and Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    del sys.path[0]
