"""Ctrl-C and SIGTERM during native code: DuckDB and pyarrow do not check for signals while they work."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STOPPED = b"stedi: stopped\n"


@contextmanager
def stopped_at_once(clean: Callable[[], None]) -> Iterator[None]:
    """Within the block, both end the process at once with exit code 130 or 143, whatever its threads are doing.

    For work that changes nothing: no ``finally`` runs but ``clean``. In another thread than the main one,
    signals are not asked for and the block is as without this.

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
            if stops := [number for number in numbers if number in _SIGNALS]:
                clean()
                with suppress(OSError):
                    os.write(2, _STOPPED)
                os._exit(128 + stops[0])  # what shells expect
