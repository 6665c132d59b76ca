"""Ctrl-C and SIGTERM: a command ends in order, or where that takes too long at once.

The first signal interrupts the main thread, as Ctrl-C always does, so that what was not published is dropped. Native
code does not look for signals, some libraries swallow the interruption, and order may take long: whoever sends a second
signal, or waits for some seconds, gets an end without it. The next run then drops what was left.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from catalog.machine.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SECONDS_TO_END = 15
_NOTHING = 0
_AT_ONCE = b"stedi: stopped at once; the next run drops what was not published\n"


class _Received:
    """The signal that this process was asked to stop by."""

    number = _NOTHING


def exit_code() -> int | None:
    """What shells expect of a command that the signal ended which this process received; None: it received none."""
    return 128 + _Received.number if _Received.number else None


def raise_if_stopped() -> None:
    """Interrupt again what goes on although somebody asked it to stop: a library swallowed the interruption.

    Raises:
        KeyboardInterrupt: somebody did, and this is the main thread.
    """
    if _Received.number and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within the block, the main thread is interrupted by both signals; in another thread, it is as without this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting, woken = socket.socketpair()
    woken.setblocking(False)
    threading.Thread(target=_watch, args=(waiting,), name="signals", daemon=True).start()
    _Received.number, unraisable = _NOTHING, sys.unraisablehook
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    fd_before = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    sys.unraisablehook = _silent_if_stopped
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        signal.set_wakeup_fd(fd_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        woken.close()  # which ends the thread


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    _Received.number = number
    raise KeyboardInterrupt


def _watch(waiting: socket.socket) -> None:
    """End the process where it does not end by itself once a signal came."""
    with waiting:
        while numbers := waiting.recv(16):
            stops = [number for number in numbers if number in _SIGNALS]
            if not stops:
                continue
            waiting.settimeout(_SECONDS_TO_END)
            # A timeout means that it goes on, and nothing that it is at its end.
            again: bytes | None = None
            with suppress(TimeoutError):
                again = waiting.recv(16) if len(stops) == 1 else b"again"
            if again == b"":
                return
            _end_at_once(stops[0])


def _end_at_once(number: int) -> NoReturn:
    with suppress(OSError):
        os.write(2, _AT_ONCE)
    if workplace.cache_info().currsize:
        shutil.rmtree(workplace(), ignore_errors=True)
    os._exit(128 + number)  # Java, and worker processes, end with the pipes that this process holds


def _silent_if_stopped(unraisable: sys.UnraisableHookArgs) -> None:
    """Python prints what it cannot raise, such as an interruption of a finalizer; that one is raised again later."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
