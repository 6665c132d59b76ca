"""What a long run tells while it works, without knowing who listens."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.machine.stopping import raise_if_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _silent(_name: str) -> None:
    """The listener of a run that nobody watches."""


@dataclass
class Stages:
    """The stages of a run, in order, with how long each took.

    Attributes:
        on_start: told the name of each stage that begins.
        on_end: told what each stage came to.
        on_warning: told what somebody should look at.
        seconds: wall-clock seconds by stage.
        warnings: what somebody should look at, so far.
    """

    on_start: Callable[[str], None] = _silent
    on_end: Callable[[str], None] = _silent
    on_warning: Callable[[str], None] = _silent
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        """Say what somebody should look at, once."""
        if warning not in self.warnings:
            self.warnings.append(warning)
            self.on_warning(warning)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage; what the block appends to the yielded list is told when it ends.

        Raises:
            KeyboardInterrupt: somebody asked the command to stop.
        """
        raise_if_stopped()
        self.on_start(name)
        began, said = time.perf_counter(), list[str]()
        try:
            yield said
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
        self.on_end(f"{name}: {', '.join(said)}" if said else name)
