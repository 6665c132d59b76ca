"""Starting without what is not needed: packages that others use only where they are, or import long before any use."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder
from importlib.util import LazyLoader
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from importlib.machinery import ModuleSpec


class _Finder:
    """For imports of one thread: does not find some packages, and loads some modules when they are first used."""

    def __init__(self, absent: Collection[str], lazy: Collection[str]) -> None:
        self._thread = get_ident()
        self._absent = absent
        self._lazy = lazy

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        del target
        if get_ident() != self._thread:
            return None
        if name in self._absent:
            raise ModuleNotFoundError(f"{name} is not needed", name=name)
        spec = PathFinder.find_spec(name, path) if name in self._lazy else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def lean_imports(without: Collection[str] = (), lazy: Collection[str] = ()) -> Iterator[None]:
    """Import less in this block, in this thread; what is imported already is as without this.

    Args:
        without: packages that are not found.
        lazy: modules that are loaded when one of their attributes is first asked for.
    """
    finder = _Finder(without, lazy)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Not find pandas in this block: pyarrow imports it, where it is installed, to ask whether a value is its own."""
    with lean_imports(without={"pandas"}):
        yield
