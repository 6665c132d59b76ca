"""Every table of the lake, by its ``zone.table`` name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.specs import curated, landing, quality, trusted

if TYPE_CHECKING:
    from catalog.spec import TableSpec

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
        raise UsageError(f"there is no table {identifier!r}; the tables are: {', '.join(TABLES)}") from None
