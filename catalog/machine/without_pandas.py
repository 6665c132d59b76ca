"""Starting without pandas: pyarrow imports it, where it is installed, to ask whether a value is one of its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Absent:
    """Finds that pandas is not there."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed", name=name)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Within the block nothing finds pandas: for a process that has no use of it and is to start quickly.

    Where it is imported already, all is as without this.
    """
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)
