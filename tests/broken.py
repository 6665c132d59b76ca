"""``stedi`` with a job that breaks a promise: everybody counts as a customer who agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs import lineage
from jobs.cli import main

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def everybody(customer_landing: DataFrame) -> DataFrame:
    """The consent filter dropped."""
    return customer_landing


def broken() -> None:
    """Run the command with that job."""
    name = "trusted.customer_trusted"
    lineage._JOBS[name] = replace(lineage._JOBS[name], transform=everybody)
    main()
