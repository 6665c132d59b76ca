"""Relations of a lake's snapshots, whichever engine reads them: which are asked for, and that each is made once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from catalog.read.scan_plan import Plan, SnapshotFiles
    from catalog.schema.table_spec import TableSpec


class Relations(ABC):
    """What of ``RelationReader`` engines have in common.

    A relation is made when it is first asked for; a snapshot never changes, so neither does its relation. An engine has
    ``_relations``, by what they were asked for, and ``_snapshots``, and says how it reads files.
    """

    _relations: dict[object, str]
    _snapshots: SnapshotFiles

    def relation(self, spec: TableSpec, snapshot_id: int | None, days: Iterable[int] | None = None) -> str:
        """See ``RelationReader``."""
        chosen = None if days is None else tuple(sorted(set(days)))
        key = (spec.identifier, snapshot_id, chosen)
        return self._once(key, lambda: self._rows_at(spec, snapshot_id, chosen))

    def appended(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """See ``RelationReader``."""
        if since == until or until is None:
            return self.relation(spec, None)
        if since is None:
            return self.relation(spec, until)
        key = (spec.identifier, since, until, "appended")
        return self._once(key, lambda: self._all_rows(spec, until, self._snapshots.appended(spec, since, until)))

    def removed(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """See ``RelationReader``."""
        if since is None or until is None or since == until:
            return self.relation(spec, None)
        key = (spec.identifier, since, until, "removed")
        return self._once(key, lambda: self._removed_rows(spec, until, self._snapshots.removed(spec, since, until)))

    def rows(self, spec: TableSpec, snapshot_id: int | None) -> int:
        """See ``RelationReader``."""
        return self._snapshots.rows(spec, snapshot_id)

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """See ``RelationReader``."""
        return self._snapshots.rows_by_run(spec, snapshot_id, most)

    def _once(self, key: object, make: Callable[[], str]) -> str:
        """The relation that was made for the key, or is made now."""
        if key not in self._relations:
            self._relations[key] = make()
        return self._relations[key]

    @abstractmethod
    def _rows_at(self, spec: TableSpec, snapshot_id: int | None, days: Sequence[int] | None) -> str:
        """The relation of a snapshot's rows: of these days, ascending, or of all."""

    @abstractmethod
    def _all_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        """The relation of all rows of the plan's files, with the snapshot's columns; the plan deletes none."""

    @abstractmethod
    def _removed_rows(self, spec: TableSpec, snapshot_id: int, plan: Plan) -> str:
        """The relation of all rows of the plan's files, and of those that its deletes name; columns as above."""
