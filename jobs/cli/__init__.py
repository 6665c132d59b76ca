"""The command ``stedi``: its errors end with a line and an exit code, never with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from catalog.errors import StediError
from jobs.cli.output import OutputFormat, print_error


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and exit: 0 done, 1 data refused, 2 usage, 3 run again, 4 the lake is damaged."""
    from jobs.cli.verbs import app

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="stedi")
    except StediError as error:
        print_error(error, _wanted_format(given), error.exit_code)
        sys.exit(error.exit_code)


def _wanted_format(arguments: Sequence[str]) -> OutputFormat:
    joined = " ".join(arguments).replace("=", " ")
    return OutputFormat.JSON if "--output json" in joined or "-o json" in joined else OutputFormat.TEXT
