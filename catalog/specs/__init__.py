"""Every table of the lake, by its ``zone.table`` name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.specs import curated, landing, quality, trusted
from catalog.suggest import close_tables

if TYPE_CHECKING:
    from catalog.schema.table_spec import TableSpec

TABLES: dict[str, TableSpec] = {
    spec.identifier: spec
    for spec in (
        landing.CUSTOMER_LANDING,
        landing.ACCELEROMETER_LANDING,
        landing.STEP_TRAINER_LANDING,
        landing.QUARANTINE,
        landing.DELIVERED_FILE,
        trusted.CUSTOMER_TRUSTED,
        trusted.ACCELEROMETER_TRUSTED,
        trusted.STEP_TRAINER_TRUSTED,
        curated.CUSTOMER_CURATED,
        curated.MACHINE_LEARNING_CURATED,
        quality.VALIDATION_RESULT,
    )
}


def table(identifier: str) -> TableSpec:
    """The spec of ``zone.table``.

    Raises:
        UsageError: no table has that name.
    """
    try:
        return TABLES[identifier]
    except KeyError:
        close = " or ".join(close_tables(identifier, TABLES))
        meant = f"did you mean {close}?" if close else f"the tables are: {', '.join(TABLES)}"
        raise UsageError(f"there is no table {identifier!r}; {meant}") from None


def named_table(name: str) -> TableSpec:
    """The spec of ``zone.table``, or of a table that is named without its zone.

    Raises:
        UsageError: no table, or more than one, has that name.
    """
    found = [identifier for identifier in TABLES if identifier.partition(".")[2] == name.lower()]
    return table(found[0] if len(found) == 1 else name.lower())
