"""``stedi`` while a file is taken away: just before a function of a module is called for the first time."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from jobs.cli import main


def take_away_before(module: str, function: str, leaving: Path, arguments: list[str]) -> None:
    """Run the verb; the file vanishes when it comes to that function."""
    genuine = getattr(import_module(module), function)

    def takes_away(*given: Any) -> Any:
        leaving.unlink(missing_ok=True)
        return genuine(*given)

    setattr(import_module(module), function, takes_away)
    main(arguments)


if __name__ == "__main__":
    take_away_before(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
