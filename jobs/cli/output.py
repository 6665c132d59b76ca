"""Output of verbs: text and progress for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from jobs.run.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from catalog.errors import StediError


class OutputFormat(StrEnum):
    """How a verb prints its result."""

    TEXT = "text"
    JSON = "json"


class Output:
    """Writes results to standard output, progress and errors to standard error: a pipe receives only the result."""

    def __init__(self, output_format: OutputFormat) -> None:
        from rich.console import Console

        self.format = output_format
        # A pipe has no width: tables must not be cut to a terminal's.
        width = None if sys.stdout.isatty() else 160
        self._console = Console(soft_wrap=True, highlight=False, width=width)
        self._errors = Console(stderr=True, soft_wrap=True, highlight=False)
        self._status = self._errors.status("starting") if self._errors.is_terminal else None

    def stages(self) -> Stages:
        """Progress: a spinner on a terminal, plain lines elsewhere, nothing with JSON output."""
        if self.format is OutputFormat.JSON:
            return Stages()
        return Stages(self._begin, lambda line: self._errors.print(f"  {line}", markup=False), self.warn)

    def warn(self, warning: str) -> None:
        """Print a warning for people; programs find it in the document."""
        if self.format is OutputFormat.TEXT:
            self._errors.print(f"  warning: {warning}", markup=False)

    def _begin(self, name: str) -> None:
        if self._status:
            self._status.update(name)
            self._status.start()

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[int], None] | None]:
        """A progress bar on a terminal; None elsewhere. The block calls it with the number that is done."""
        if self.format is OutputFormat.JSON or not self._errors.is_terminal:
            yield None
            return
        from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._errors) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)

    def done(self) -> None:
        """Stop the progress display."""
        if self._status:
            self._status.stop()

    def result(self, document: dict[str, Any], text: str) -> None:
        """Print the result once, in the chosen format."""
        if self.format is OutputFormat.JSON:
            sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")
        elif text:
            self._console.print(text, markup=False)

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table for people; with JSON output, only ``result`` prints."""
        if self.format is OutputFormat.JSON:
            return
        from rich import box
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
        for index, name in enumerate(header):
            justify: Any = "left" if index == 0 or not _numeric(rows, index) else "right"
            table.add_column(name, justify=justify, overflow="fold")  # the end of a file's name is part of it
        for row in rows:
            table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
        self._console.print(table)


def _numeric(rows: Sequence[Sequence[object]], index: int) -> bool:
    return all(isinstance(row[index], int | float) for row in rows)


def print_error(error: StediError, output_format: OutputFormat, exit_code: int) -> None:
    """Print an error as ``stedi: …`` on standard error, or as a JSON document on standard output."""
    if output_format is OutputFormat.JSON:
        document: dict[str, Any] = {
            "error": {"kind": type(error).__name__, "message": str(error), "exitCode": exit_code}
        }
        if error.warnings:
            document["warnings"] = list(error.warnings)
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stderr.write(f"stedi: {error}\n")
