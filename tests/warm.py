"""A process that has loaded what the verbs of ``stedi`` use, and forks a new one for each command.

Loading takes four of the six CPU seconds of a small run. What is forked is a process as any other: it has arguments,
variables, a folder, output and an exit code of its own, and ends as Python does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT = Path(__file__).parents[1]
_LONGEST_REQUEST = 1 << 18
_NUMBER = struct.Struct("i")
_LOADED = (
    "catalog.engine.worker_imports",
    "catalog.lake",
    "catalog.commit.publish",
    "catalog.commit.snapshot",
    "catalog.engine.engines",
    "catalog.query.engine",
    "catalog.query.show",
    "catalog.training.export",
    "expectations.reporting.data_docs",
    "expectations.reporting.plots",
    "expectations.reporting.site",
    "expectations.validation.promises",
    "duckdb",
    "jobs.cli.verbs",
    "jobs.lineage",
    "jobs.run.lake",
    "jobs.run.pipeline",
    "jobs.run.report",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
    "rich.live",
    "rich.progress",
    "rich.table",
    "sqlglot.dialects.duckdb",
    "sqlglot.dialects.spark",
    "sqlglot.dialects.trino",
)


def run_warm(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float, faults: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run ``stedi`` in this folder, with these arguments and variables alone, and faults (``tests.faults.inject``).

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed.
    """
    request = {
        "arguments": list(arguments),
        "environment": dict(environment),
        "folder": str(Path.cwd()),
        "faults": list(faults),
    }
    here, there = socket.socketpair()
    with here, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with there:
            handles = [out.fileno(), err.fileno(), there.fileno()]
            socket.send_fds(_server(), [json.dumps(request).encode()], handles)
        here.settimeout(300)
        process = _received(here)
        here.settimeout(timeout)
        try:
            code = _received(here)
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(["stedi", *arguments], timeout) from None
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read().decode("utf-8").replace("\r\n", "\n"))
    return subprocess.CompletedProcess(["stedi", *arguments], code, *printed)


@cache
def _server() -> socket.socket:
    """The way to this process's own server, which ends when nobody holds this end any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        handle = theirs.fileno()
        command = [sys.executable, "-m", "tests.warm", str(handle)]
        server = subprocess.Popen(command, cwd=_ROOT, pass_fds=(handle,), stdin=subprocess.DEVNULL)
    atexit.register(server.wait)
    atexit.register(ours.close)  # first: the server waits for it
    return ours


def _received(channel: socket.socket) -> int:
    data = channel.recv(_NUMBER.size, socket.MSG_WAITALL)
    if len(data) < _NUMBER.size:
        raise RuntimeError("the process that runs stedi ended before it said how that went")
    found: int = _NUMBER.unpack(data)[0]
    return found


def _load() -> None:
    """Import what verbs do, in the order of a run: pyarrow before pandas."""
    for module in _LOADED:
        import_module(module)
    from catalog.machine.workplace import workplace
    from expectations.validation.judge import get_ready

    get_ready()
    assert not workplace.cache_info().currsize, "each process must make a temporary folder of its own"
    # Its pages stay shared, as the collector does not write to them.
    gc.freeze()


def _serve(requests: socket.socket) -> int:
    """Fork for each request; in what is forked, do it."""
    while True:
        data, handles, *_ = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
        if not data:
            return 0
        if not os.fork():
            requests.close()
            return _attend(json.loads(data), *handles)
        for handle in handles:
            os.close(handle)
        _reap()


def _reap() -> None:
    """Let go of what ended; a process that is not done is asked about after the next request."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _attend(request: dict[str, Any], out: int, err: int, told: int) -> int:
    """Fork the command itself, and tell its number and how it ended."""
    process = os.fork()
    if process:
        os.write(told, _NUMBER.pack(process))
        _, status = os.waitpid(process, 0)
        os.write(told, _NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os._exit(0)
    os.close(told)
    for handle, stream in ((out, 1), (err, 2)):
        os.dup2(handle, stream)
        os.close(handle)
    return _command(**request)


def _command(arguments: list[str], environment: dict[str, str], folder: str, faults: list[str]) -> int:
    from jobs.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None  # the folder of these variables, not the one that the server found
    random.seed()
    sys.argv = ["stedi", *arguments]
    if faults:
        from tests.faults.inject import install

        install(faults)
    main()
    return 0


if __name__ == "__main__":
    asking = socket.socket(fileno=int(sys.argv[1]))
    _load()
    sys.exit(_serve(asking))
