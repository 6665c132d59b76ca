"""Imported by every Python process with this folder on its path: notes each address asked for, lets only loopback be.

Processes that Spark starts inherit the path, so its workers are watched too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - an address to listen on, not asked for
_ASKED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _host(event: str, arguments: tuple[Any, ...]) -> str:
    target = arguments[_ASKED[event]]
    host = target[0] if isinstance(target, tuple) else target
    return os.fsdecode(host) if isinstance(host, str | bytes) else str(host)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _ASKED:
        return
    host = _host(event, arguments)
    if host.startswith("/") or not host:
        return  # a socket of this machine's own, with a path or no name
    with Path(os.environ["STEDI_TEST_ASKED"]).open("a", encoding="utf-8") as asked:
        asked.write(f"{event} {host}\n")
    if not host.startswith(_LOOPBACK):
        raise PermissionError(f"{event} {host}: the network is not to be used")


if "STEDI_TEST_ASKED" in os.environ:
    sys.addaudithook(_watch)
    Path(os.environ["STEDI_TEST_ASKED"]).touch()  # shows that somebody watches
