"""The group of all verbs: errors reach ``jobs.cli.main`` as they are, whatever click would make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context


class RaisedError(Exception):
    """Carries an error past click, which ends with "Aborted." and exit code 1, as of refused data, for some of them.

    Attributes:
        error: what a verb raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class Verbs(TyperGroup):
    """Verbs whose errors pass click."""

    def invoke(self, ctx: Context) -> Any:
        """Run the verb.

        Raises:
            RaisedError: an error of a kind that click would make another of.
        """
        try:
            return super().invoke(ctx)
        except (EOFError, KeyboardInterrupt, OSError) as error:
            raise RaisedError(error) from error
