"""The older snapshots that a text for Athena reads: Athena itself would refuse none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import catalog.query.engine  # noqa: F401 - teaches the compiler what a moment may be made of
from catalog.errors import DataRefusedError, StediError
from catalog.history.withdrawn import SHARED, refuse_withdrawn
from catalog.query.compiler import Compiler
from catalog.query.moment import Moment
from catalog.query.relations import version_of
from catalog.query.statement import names_versions, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.profiles.profile import Profile
    from catalog.query.scan import Scan


def refuse_withdrawn_versions(
    profile: Profile, sql: str, parameters: Sequence[str] = (), database: str | None = None
) -> None:
    """Refuse versions of tables that hold rows of people who do not agree now, as the embedded engine does.

    Args:
        profile: the lake.
        sql: one query in Athena's SQL.
        parameters: SQL of a constant for each ``?``.
        database: the zone of tables that are named without one.

    Raises:
        DataRefusedError: a version holds such rows, or nobody can tell.
    """
    if not names_versions(sql):
        return
    try:
        moment = Moment(profile, database)
        older = [(SHARED[scan.table][0], scan.snapshot_id or 0) for scan in _scans(profile, moment, sql, parameters)]
        refuse_withdrawn(profile, older, lambda spec: moment.published(spec.identifier))
    except DataRefusedError:
        raise
    except StediError as error:
        raise DataRefusedError(
            f"nobody can tell whether these versions hold withdrawn rows: {error}; ask about now, or, as the privacy "
            "officer, with --withdrawn"
        ) from error


def _scans(profile: Profile, moment: Moment, sql: str, parameters: Sequence[str]) -> Iterator[Scan]:
    """The versions that the text names of tables with people's rows."""
    from sqlglot import exp

    compiler, prefix = Compiler(moment, datetime.now(UTC)), profile.database("")
    for table in parse_query(sql, parameters).find_all(exp.Table):
        if version := table.args.get("version"):
            *zone, name = (part.name.lower().removeprefix(prefix) for part in table.parts)
            scan = moment.scan("", (*zone, name), version_of(compiler, version))
            if scan.table in SHARED and scan.kind is None:
                yield scan
