"""``python -m tests.histories --rounds 1000 --seed 1``: two processes at random on one lake, and what came of it."""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile
from collections import Counter
from pathlib import Path

from tests.histories.soak import Soaked, Worker, soak
from tests.histories.user import User

_SHOWN = 50


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="things to do, by all processes together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="a new folder, which stays; by default a temporary one, which stays"
    )
    parser.add_argument(
        "--check", type=Path, help="only look at the record that is in this folder, also of a soak under way"
    )
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _main() -> int:
    given = _arguments()
    if given.check is not None:
        return _tell(Soaked.of(given.check))
    folder = given.folder or Path(tempfile.mkdtemp(prefix="histories_"))
    if given.worker is not None:
        Worker(User(f"process {given.worker}", folder), given.worker, given.seed).work(given.rounds)
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("STEDI_PSEUDONYM_KEY", "STEDI_CERTIFICATE_KEY"):
        os.environ[name] = secrets.token_hex(32)
    print(f"seed {given.seed}, in {folder}")
    return _tell(soak(folder, given.rounds, given.seed))


def _tell(done: Soaked) -> int:
    """What came of it, and the exit code."""
    for (kind, code), times in sorted(Counter((event.kind, event.code) for event in done.events).items()):
        print(f"  {kind}, exit code {code}: {times}")
    for anomaly in done.anomalies[:_SHOWN]:
        print(anomaly)
    print(f"{len(done.events)} events, {len(done.anomalies)} anomalies")
    return 1 if done.anomalies else 0


raise SystemExit(_main())
