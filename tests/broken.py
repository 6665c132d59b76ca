"""``stedi`` twice in one process: with a job that breaks a promise, and with the right one."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from jobs import lineage
from jobs.cli import main

NAME = "trusted.customer_trusted"


def everybody(customer_landing: str, quarantine: str) -> str:
    """The consent filter dropped: everybody counts as a customer who agreed."""
    del quarantine
    return f"SELECT * FROM {customer_landing}"


def refused_then_right(landing: str, lake: str) -> None:
    """Run on a delivery with the broken job, which must be refused; then run again with the right one."""
    right = lineage._JOBS[NAME]
    lineage._JOBS[NAME] = replace(right, transform=everybody)
    with pytest.raises(SystemExit, match=r"^1$"):
        main(["run", "--landing", landing, "--lake", lake])
    lineage._JOBS[NAME] = right
    main(["run", "--lake", lake, "--output", "json"])


if __name__ == "__main__":
    refused_then_right(*sys.argv[1:])
