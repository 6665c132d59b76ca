"""What each job's script reads and writes: the least privileges that it needs.

A job reads more than its transform does: the suite of its table asks others about consent, and an increment looks for
everybody whom new customer records concern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.specs import TABLES
from catalog.specs.landing import CUSTOMER_LANDING
from catalog.specs.quality import VALIDATION_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.job import Job

_PLACEHOLDER = re.compile(r"\{(?:whole_)?([a-z_]+)\}")


@dataclass(frozen=True)
class Script:
    """One script that the platform runs.

    Attributes:
        name: the file in ``jobs/`` without its ending; also the name of its Glue job, behind a prefix.
        reads: identifiers of the tables whose rows it reads, besides those that it writes.
        writes: identifiers of the tables whose rows it writes.
        reads_drop: it reads the drop folder.
        creates_tables: it makes tables that are not there yet.
        doc: what it does, in a sentence.
        deletes: it may delete every version of the files of its tables; it is not of the lineage.
        erases: it erases people: from what was delivered and reported, too, as lists of the privacy officer say.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    reads_drop: bool = False
    creates_tables: bool = False
    doc: str = ""
    deletes: bool = False
    erases: bool = False


def ingest_script() -> Script:
    """The script that ingests the drop folder; it runs first, and creates the tables on its first run."""
    from jobs.ingest_landing import WRITES

    written = tuple(spec.identifier for spec in WRITES)
    writes = (*written, VALIDATION_RESULT.identifier)
    return Script("ingest_landing", (), writes, True, True, "Lands what is in the drop folder.")


def job_script(job: Job) -> Script:
    """The script that makes a job's table."""
    writes = (job.writes, VALIDATION_RESULT.identifier)
    reads = {*job.reads, *_judged_with(job.writes), CUSTOMER_LANDING.identifier} - set(writes)
    return Script(_file(job), tuple(_in_order(reads)), writes, doc=f"Makes {job.writes}.")


def lineage_scripts() -> list[Script]:
    """The scripts that make the tables, in the lineage's order."""
    from jobs.lineage import jobs_in_order

    return [ingest_script(), *map(job_script, jobs_in_order())]


def upkeep_scripts() -> list[Script]:
    """The scripts that may delete: they run beside the lineage, never as a part of it."""
    from jobs import erase, maintain

    return [
        Script("erase", (), erase.WRITES, doc="Erases whom lists name.", deletes=True, erases=True),
        Script("maintain", (), maintain.WRITES, doc="Compacts, expires and deletes.", deletes=True),
    ]


def _file(job: Job) -> str:
    """The job's file: where its transform is."""
    return Path(job.transform.__code__.co_filename).stem


def _judged_with(identifier: str) -> set[str]:
    """The tables that a table's suite reads."""
    from expectations.suites import SUITES

    suite = SUITES[identifier]
    sql = " ".join((*suite.facts, *(check.rows or "" for check in suite.checks)))
    by_name = {spec.name: spec.identifier for spec in TABLES.values()}
    return {by_name[name] for name in _PLACEHOLDER.findall(sql) if name in by_name}


def _in_order(identifiers: Iterable[str]) -> list[str]:
    wanted = set(identifiers)
    return [identifier for identifier in TABLES if identifier in wanted]
