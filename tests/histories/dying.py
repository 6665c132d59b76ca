"""A command that dies: from some effect on, nothing that it does reaches the lake, as after a kill."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pyiceberg.table import Table

from catalog.rewrite import history
from catalog.storage.files import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EFFECTS: tuple[tuple[Any, str], ...] = (
    (Table, "_do_commit"),
    (history, "_swap"),
    (LocalStorage, "write"),
    (LocalStorage, "delete"),
    (LocalStorage, "create"),
)
"""What changes the lake for others: commits, and files that are not a table's."""


class DiedError(BaseException):
    """Passes whatever handles errors, as a kill does."""


@contextmanager
def dying(at: int) -> Iterator[Callable[[], bool]]:
    """Die at the effect of this number: every second time before it, else after it; whether that has happened."""
    left, dead = (at + 1) // 2, False

    def around(effect: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            nonlocal left, dead
            left -= 1
            if dead or (left == 0 and at % 2):
                dead = True
                raise DiedError
            result = effect(*arguments, **named)
            if left == 0:
                dead = True
                raise DiedError
            return result

        return called

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _EFFECTS:
            patch.setattr(owner, name, around(getattr(owner, name)))
        yield lambda: dead
