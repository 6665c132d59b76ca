"""Ctrl-C during native code: DuckDB and pyarrow do not check for signals while they work."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXIT_CODE = 130
"""What shells expect of a command that Ctrl-C ended."""


@contextmanager
def stopped_at_once(clean: Callable[[], None]) -> Iterator[None]:
    """Within the block, Ctrl-C ends the process at once with exit code 130, whatever its threads are doing.

    For work that changes nothing: no ``finally`` runs but ``clean``. In another thread than the main one, Ctrl-C is
    not asked for and the block is as without this.

    Args:
        clean: takes away what must not stay, such as files that rows were spilled to. It must not raise.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting, woken = socket.socketpair()
    woken.setblocking(False)
    threading.Thread(target=_watch, args=(waiting, clean), daemon=True).start()
    before = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        woken.close()  # which ends the thread


def _watch(waiting: socket.socket, clean: Callable[[], None]) -> None:
    with waiting:
        while numbers := waiting.recv(16):
            if signal.SIGINT in numbers:
                clean()
                os._exit(EXIT_CODE)
