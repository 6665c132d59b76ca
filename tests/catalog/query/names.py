"""The marks that stand in ``cases`` for tables, snapshots and instants of the lake at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.lake import load_catalog
from tests.catalog.query.cases import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.profiles.profile import LocalProfile


def names_in(lake: LocalProfile) -> dict[str, str]:
    """What each mark stands for in that lake."""
    catalog = load_catalog(lake)
    log = catalog.load_table("trusted.customer_trusted").metadata.snapshot_log
    training = catalog.load_table("curated.machine_learning_curated").metadata.snapshot_log
    then = datetime.fromtimestamp(log[0].timestamp_ms / 1000, UTC)
    return TABLES | {
        "{V1}": str(log[0].snapshot_id),
        "{V2}": str(log[-1].snapshot_id),
        "{T1}": f"{then:%Y-%m-%d %H:%M:%S.%f} UTC",
        "{MV1}": str(training[0].snapshot_id),
    }


def filled(sql: str, names: Mapping[str, str]) -> str:
    """The query with what its marks stand for."""
    for mark, name in names.items():
        sql = sql.replace(mark, name)
    return sql
