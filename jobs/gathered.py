"""The new rows of a table where they are few: the driver makes them, from the part of the inputs that matters.

The embedded engine reads it, and what the job says of it is done there as well: for few rows, Spark takes seconds to
get ready for what this takes milliseconds to do. ``jobs/scanned.py`` does the same by Spark where rows are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.spark_sql import by_reader
from catalog.spec import DAY_MS
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.affected import subject_of
from jobs.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from catalog.engine import RelationReader
    from catalog.spec import TableSpec


@dataclass(frozen=True)
class Gathering(Upstream):
    """An increment whose rows the driver makes.

    Attributes:
        reader: reads the tables.
    """

    reader: RelationReader

    def rows(self, most: int) -> pa.Table | None:
        """The rows to add; None where more than ``most`` rows would have to be put together for them."""
        spec, inputs = self.made, self.inputs
        new = {each: self._new(each) for each in inputs if each.instant}
        if sum(map(self._count, new.values())) > most:
            return None
        news = {each: self.reader.keep(f"news_of_{each.name}", self._others(rows, each)) for each, rows in new.items()}
        parts = {each: self.reader.keep(f"part_of_{each.name}", self._part(each, news)) for each in inputs}
        if sum(map(self._count, parts.values())) > most:
            return None
        relations = {each.name: part for each, part in parts.items()}
        made = self.reader.keep("part_made", by_reader(self.reader, self.job.transform, relations, self.functions))
        columns, grain = (", ".join(f'"{name}"' for name in names) for names in (spec.column_names, spec.grain))
        return self.reader.table(
            f"(SELECT {columns} FROM {made} ANTI JOIN ({self._again(spec, news)}) USING ({grain}))"
        )

    def _new(self, spec: TableSpec) -> str:
        """The rows that came to an input."""
        return self.reader.appended(spec, self.then[spec.identifier], self.now[spec.identifier])

    def _part(self, spec: TableSpec, news: Mapping[TableSpec, str]) -> str:
        """SQL of an input's rows that matter, each once: of people made again, news of others, and what it may meet."""
        parts = [self._of_concerned(spec)]
        if spec in news:
            parts.append(f"SELECT * FROM {news[spec]}")
        parts += [self._met(spec, source, new) for source, new in news.items() if source != spec]
        return " UNION ".join(parts)

    def _met(self, spec: TableSpec, source: TableSpec, new: str) -> str:
        """SQL of an input's rows that another's new readings may be joined with, by instant or by customer."""
        if spec.instant:
            return self._at_instants(spec, source, new)
        subject = subject_of(source)
        keys = f'SELECT DISTINCT "{subject.column}" AS key FROM {new}'
        if subject.kind == "device":
            # Whoever ever had such a device, with all of their records: they say who had it when.
            records = self._rows(CUSTOMER_LANDING)
            keys = f"SELECT DISTINCT r.person AS key FROM {records} r SEMI JOIN ({keys}) k ON r.device = k.key"
        near = self.reader.keep(f"near_{spec.name}_{source.name}", keys)
        return self.reader.rows_by_keys(self._rows(spec), "person", near)

    def _again(self, spec: TableSpec, news: Mapping[TableSpec, str]) -> str:
        """SQL of the held rows that may be made again: a reading delivered twice, a customer with earlier readings."""
        beside = [self._met(spec, source, new) for source, new in news.items()]
        held = [self._others(f"({rows})", spec) for rows in beside]
        return " UNION ".join(held) or f"SELECT * FROM {self.reader.relation(spec, None)}"

    def _at_instants(self, spec: TableSpec, source: TableSpec, new: str) -> str:
        """SQL of a table's readings at the instants of another's new ones; it is partitioned by day."""
        days = self.reader.fetch(f'SELECT DISTINCT "{source.instant}" // {DAY_MS} FROM {new}')
        rows = self._rows(spec, [day for (day,) in days])
        return f'SELECT r.* FROM {rows} r SEMI JOIN {new} n ON r."{spec.instant}" = n."{source.instant}"'

    def _rows(self, spec: TableSpec, days: list[int] | None = None) -> str:
        """A table as it is now."""
        return self.reader.relation(spec, self.now[spec.identifier], days)

    def _of_concerned(self, spec: TableSpec) -> str:
        if spec == QUARANTINE:
            return f"SELECT * FROM {self._rows(spec)} WHERE people IS NOT NULL"
        return self.concerned.rows_of(self.reader, spec, self.now[spec.identifier])

    def _others(self, rows: str, spec: TableSpec) -> str:
        keys = self.concerned.relation(self.reader, spec)
        return f'SELECT r.* FROM {rows} r ANTI JOIN {keys} k ON r."{subject_of(spec).column}" = k.key'

    def _count(self, relation: str) -> int:
        [(number,)] = self.reader.fetch(f"SELECT count(*) FROM {relation}")
        return int(number)
