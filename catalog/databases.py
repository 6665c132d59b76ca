"""Zones under the names that the catalog knows them by, for Spark SQL.

A process works on one lake, and the text of its SQL is put together in many places that know no profile: the session
says once which lake it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.profile import CATALOG

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.profile import Profile
    from catalog.spec import TableSpec

_named: list[Callable[[str], str]] = [str]


def use_databases_of(profile: Profile) -> None:
    """From now on, Spark SQL of this process names that lake's databases."""
    _named[:] = [profile.database]


def qualified_database(zone: str) -> str:
    """The zone's database in Spark SQL: ``stedi.zone``, with the lake's prefix."""
    return f"{CATALOG}.{_named[0](zone)}"


def qualified_table(spec: TableSpec) -> str:
    """The table in Spark SQL: ``stedi.zone.table``, with the lake's prefix."""
    return f"{qualified_database(spec.zone)}.{spec.name}"
