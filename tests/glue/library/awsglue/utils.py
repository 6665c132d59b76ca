"""``getResolvedOptions`` as documented: options asked for are required, Glue's own are known, all others passed over.

Like Glue's, it takes an option by an abbreviation that is unambiguous: a job that relied on it would read the wrong
argument one day.
"""

from __future__ import annotations

import argparse
from typing import NoReturn

_RESERVED = ("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "TempDir", "enable-data-lineage")


class GlueArgumentError(Exception):
    pass


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str | None]:  # noqa: N802 - Glue's name
    for name in options:
        if name in _RESERVED[:3]:
            raise RuntimeError(f"Using reserved arguments --{name}")
    parser = _Parser()
    choices = ["job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"]
    parser.add_argument("--job-bookmark-option", choices=choices, default="job-bookmark-disable")
    for name in _RESERVED:
        parser.add_argument(f"--{name}", required=False)
    for name in options:
        if name != "TempDir":
            parser.add_argument(f"--{name}", required=True)
    return vars(parser.parse_known_args(args[1:])[0])
