"""What a damaged file of a lake means: which table it is of, which tables are made from that, and what to do."""

from __future__ import annotations

from catalog.errors import DamagedFileError
from catalog.specs import TABLES


def with_dependants(error: DamagedFileError) -> DamagedFileError:
    """The error; of a file of a table, also what depends on it."""
    table = table_of(error.location)
    if table is None:
        return error
    made = dependants(table)
    more = f", from which {', '.join(made)} {'is' if len(made) == 1 else 'are'} made" if made else ""
    told = DamagedFileError(
        f"{error}. It is a file of {table}{more}. Which snapshots need it: stedi doctor --deep; a "
        "backup may hold it: stedi doctor --deep --repair --from BACKUP"
    )
    told.location, told.warnings = error.location, error.warnings
    return told


def table_of(location: str) -> str | None:
    """The table whose file it is, by the folders that it is in; None where these say nothing."""
    by_name = {spec.name: identifier for identifier, spec in TABLES.items()}
    return next((by_name[part] for part in reversed(location.split("/")) if part in by_name), None)


def dependants(table: str) -> list[str]:
    """The tables that are made from a table, and from these, in the lineage's order."""
    from jobs.lineage import jobs_in_order

    found = [table]
    for job in jobs_in_order():
        if job.writes not in found and not set(found).isdisjoint(job.reads):
            found.append(job.writes)
    return found[1:]
