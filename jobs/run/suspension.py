"""How many people's consent is suspended, for people to see at every run: it stays so until a newer record comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.read.statements import by_reader
from catalog.specs.landing import CUSTOMER_LANDING, DELIVERED_FILE, QUARANTINE
from catalog.specs.trusted import CUSTOMER_TRUSTED
from jobs.consent import latest_records, suspended_people

if TYPE_CHECKING:
    from jobs.run.context import RunContext
    from jobs.run.pipeline import RunResult

_ABOUT_CONSENT = {DELIVERED_FILE.identifier, CUSTOMER_TRUSTED.identifier}


def suspended_consents(customer_landing: str, quarantine: str) -> str:
    """SQL of the suspended people who would otherwise agree, or of whom there is no readable record at all."""
    return f"""
        SELECT s.person FROM ({suspended_people(customer_landing, quarantine)}) s
        LEFT JOIN ({latest_records(customer_landing)}) l ON s.person = l.person
        WHERE l.person IS NULL OR l.shareWithResearchAsOfDate IS NOT NULL"""


def count_suspended(context: RunContext, result: RunResult) -> int:
    """How many people's consent is suspended at the snapshots that the run read; a warning where there are any."""
    # Other jobs, on Glue, may not read these tables.
    read = {each.table for each in result.tables}
    if result.snapshots.of(QUARANTINE) is None or not _ABOUT_CONSENT & read:
        return 0
    reader = context.reader
    relations = {spec.name: reader.relation(spec, result.snapshots.of(spec)) for spec in (CUSTOMER_LANDING, QUARANTINE)}
    if not reader.fetch(f"SELECT 1 FROM {relations[QUARANTINE.name]} WHERE people IS NOT NULL LIMIT 1"):
        return 0
    [(number,)] = reader.fetch(f"SELECT count(*) FROM ({by_reader(reader, suspended_consents, relations, {})})")
    if number:
        whose = "1 person's consent is" if number == 1 else f"{number:,} people's consent is"
        context.progress.warn(
            f"{whose} suspended: a refused customer record names them, and no newer record has come since; "
            "see landing.quarantine, column people"
        )
    return int(number)
