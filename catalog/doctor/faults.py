"""What ``stedi doctor --deep`` finds, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.doctor.machine import Finding
from catalog.errors import StediError

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.doctor.machine import State


@dataclass(frozen=True)
class Fault:
    """Something that is not as it should be.

    Attributes:
        what: a table, or a part of the lake.
        state: ``damaged``, or ``left over``: no reader is concerned.
        found: in words, with the file.
        next: what people can do.
        repair: does what is safe to do, and says what it did; None: nothing is.
        location: the file that is missing or damaged, where it is one.
    """

    what: str
    state: State
    found: str
    next: str
    repair: Callable[[], str] | None = None
    location: str = ""

    def finding(self, *, repair: bool) -> Finding:
        """The finding; repaired first, where that is asked for and safe."""
        if self.repair is None:
            return Finding(self.what, self.state, self.found, self.next)
        if not repair:
            return Finding(self.what, self.state, self.found, "stedi doctor --deep --repair")
        try:
            return Finding(self.what, "repaired", f"{self.found}: {self.repair()}")
        except (OSError, StediError) as error:
            return Finding(self.what, self.state, f"{self.found}; not repaired: {error}", self.next)
