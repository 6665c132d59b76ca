"""The group of all verbs: errors reach ``jobs.cli.main`` unchanged, without click's own handling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context


class RaisedError(Exception):
    """Carries an error past click, which turns some errors into "Aborted." and exit code 1, the code of refused data.

    Attributes:
        error: what a verb raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class Verbs(TyperGroup):
    """A group whose verbs' errors bypass click."""

    def invoke(self, ctx: Context) -> Any:
        """Run the verb.

        Raises:
            RaisedError: an error of a kind that click would convert.
        """
        try:
            return super().invoke(ctx)
        except (EOFError, KeyboardInterrupt, OSError) as error:
            raise RaisedError(error) from error
