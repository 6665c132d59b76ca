"""The command ``stedi``: every error becomes one line and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from catalog.errors import DamagedFileError, StediError, StoppedError, UsageError
from catalog.machine.aws_errors import classify_error
from catalog.machine.private import write_privately
from catalog.machine.stopping import exit_code, stopped_by_signals
from jobs.cli.output import OutputFormat, print_error
from jobs.cli.pipe import readers_may_leave, write_nowhere

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and exit: 0 done, 1 data refused, 2 usage, 3 run again, 4 the lake is damaged, 130 or 143 stopped."""
    write_privately()
    # Libraries log errors by themselves, with what they were at: of each error we say what may be said.
    logging.getLogger().addHandler(logging.NullHandler())
    given = list(sys.argv[1:] if arguments is None else arguments)
    with stopped_by_signals(), readers_may_leave():
        try:
            code = _run(given)
            sys.stdout.flush()
        except BaseException as error:  # noqa: BLE001 - whatever it is has an exit code and a line
            code = _ended(error, given)
    if code:
        sys.exit(code)


def _run(given: list[str]) -> int:
    from typer._click.exceptions import ClickException

    from jobs.cli.group import RaisedError
    from jobs.cli.verbs import app

    try:
        # Not click's own way to end, which prints of errors what it likes.
        code = app(given, prog_name="stedi", standalone_mode=False)
    except RaisedError as raised:
        raise raised.error from None
    except ClickException as error:
        if not error.format_message():
            error.show()  # the help of all verbs, or of those of a group
            return UsageError.exit_code
        command = getattr(getattr(error, "ctx", None), "command_path", "stedi")
        raise UsageError(f"{error.format_message().rstrip('.')}; see: {command} --help") from None
    return code if isinstance(code, int) else 0


def _ended(error: BaseException, given: Sequence[str]) -> int:
    """Print why the command ended, and return its exit code."""
    if isinstance(error, SystemExit):
        if isinstance(error.__context__, BrokenPipeError):
            return 0  # rich's answer to a reader that went away
        raise error
    # Whatever was raised on the way out, such as by a Java that was sent the same signal: somebody stopped the command.
    known = classify_error(KeyboardInterrupt() if exit_code() else error)
    if known is None or not isinstance(error, StediError):
        if os.environ.get("STEDI_TRACEBACK"):
            raise error
        # Messages of Spark's own errors can hold rows, and so personal data: only the kind of error is told.
        known = known or StediError(
            f"unexpected {type(error).__name__}; for the traceback run again with STEDI_TRACEBACK=1"
        )
    if isinstance(known, DamagedFileError):
        from jobs.cli.damage import with_dependants

        known = with_dependants(known)
    code = exit_code() if isinstance(known, StoppedError) else None
    code = known.exit_code if code is None else code
    try:
        print_error(known, _wanted_format(given), code)
        sys.stdout.flush()
    except OSError:
        write_nowhere(sys.stdout)
    return code


def _wanted_format(arguments: Sequence[str]) -> OutputFormat:
    joined = " ".join(arguments).replace("=", " ")
    wanted = ("--output json", "-o json", "-ojson")
    return OutputFormat.JSON if any(each in joined for each in wanted) else OutputFormat.TEXT
