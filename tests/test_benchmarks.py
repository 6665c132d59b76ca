"""What benchmarks count: the CPU seconds of everything that a command starts."""

from __future__ import annotations

import sys

from benchmarks.measure import measured

# As pyspark's daemon does: it forks a worker, and does not wait for it.
_FORKS = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if not os.fork():
    began = time.process_time()
    while time.process_time() < began + 1:
        pass
    os._exit(0)
time.sleep(2.5)
"""


def test_a_worker_that_nobody_waits_for_is_counted() -> None:
    assert measured([sys.executable, "-c", _FORKS]).cpu > 0.7
    assert measured([sys.executable, "-c", ""]).cpu < 0.7
