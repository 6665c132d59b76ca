"""The command ``stedi``: its errors end with a line and an exit code, never with a traceback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from catalog.aws_errors import told
from catalog.errors import StediError
from catalog.private import write_privately
from jobs.cli.output import OutputFormat, print_error

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and exit: 0 done, 1 data refused, 2 usage, 3 run again, 4 the lake is damaged."""
    from jobs.cli.verbs import app

    write_privately()

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="stedi")
    except StediError as error:
        print_error(error, _wanted_format(given), error.exit_code)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("STEDI_TRACEBACK"):
            raise
        if (known := told(error)) is not None:
            print_error(known, _wanted_format(given), known.exit_code)
            sys.exit(known.exit_code)
        # Messages of Spark's own errors can hold rows, and so personal data: only the kind of error is told.
        unexpected = StediError(
            f"unexpected {type(error).__name__}; for the traceback run again with STEDI_TRACEBACK=1"
        )
        print_error(unexpected, _wanted_format(given), unexpected.exit_code)
        sys.exit(unexpected.exit_code)


def _wanted_format(arguments: Sequence[str]) -> OutputFormat:
    joined = " ".join(arguments).replace("=", " ")
    return OutputFormat.JSON if "--output json" in joined or "-o json" in joined else OutputFormat.TEXT
