"""The rows that a table gains: made by the job's own statement, over the part of the inputs that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.read.statements import by_reader
from catalog.schema.table_spec import DAY_MS
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.incremental.affected import subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.read.relation_reader import RelationReader
    from catalog.read.statements import Functions
    from catalog.schema.table_spec import TableSpec
    from jobs.incremental.affected import AffectedSubjects
    from jobs.job import Job


@dataclass(frozen=True)
class IncrementInputs:
    """What an increment is made from.

    Attributes:
        job: the job.
        previous: the snapshots that the table was made from before, by identifier.
        current: those that it is made from now, and its own.
        affected: whose rows are made again.
        functions: what the job's statement uses.
        reader: reads the tables.
    """

    job: Job
    previous: Mapping[str, int | None]
    current: Mapping[str, int | None]
    affected: AffectedSubjects
    functions: Functions
    reader: RelationReader

    @property
    def spec(self) -> TableSpec:
        """The table that the job makes."""
        return self.job.table

    @property
    def tables(self) -> tuple[TableSpec, ...]:
        """The tables that it reads."""
        return self.job.inputs

    def new_rows(self, spec: TableSpec) -> str:
        """The rows that came to an input."""
        return self.reader.appended(spec, self.previous[spec.identifier], self.current[spec.identifier])

    def part(self, spec: TableSpec, news: Mapping[TableSpec, str]) -> str:
        """SQL of an input's rows that matter, each once: of people made again, news of others, and what it may meet."""
        parts = [self._of_affected(spec)]
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
        near = self.reader.create_temp_table(f"near_{spec.name}_{source.name}", keys)
        return self.reader.rows_by_keys(self._rows(spec), "person", near)

    def held_again(self, news: Mapping[TableSpec, str]) -> str:
        """SQL of the held rows that may be made again: a reading delivered twice, a customer with earlier readings."""
        beside = [self._met(self.spec, source, new) for source, new in news.items()]
        held = [self.without_affected(f"({rows})", self.spec) for rows in beside]
        return " UNION ".join(held) or f"SELECT * FROM {self.reader.relation(self.spec, None)}"

    def _at_instants(self, spec: TableSpec, source: TableSpec, new: str) -> str:
        """SQL of a table's readings at the instants of another's new ones; it is partitioned by day."""
        days = self.reader.fetch(f'SELECT DISTINCT "{source.instant}" // {DAY_MS} FROM {new}')
        rows = self._rows(spec, [day for (day,) in days])
        return f'SELECT r.* FROM {rows} r SEMI JOIN {new} n ON r."{spec.instant}" = n."{source.instant}"'

    def _rows(self, spec: TableSpec, days: list[int] | None = None) -> str:
        """A table as it is now."""
        return self.reader.relation(spec, self.current[spec.identifier], days)

    def _of_affected(self, spec: TableSpec) -> str:
        if spec == QUARANTINE:
            return f"SELECT * FROM {self._rows(spec)} WHERE people IS NOT NULL"
        return self.affected.rows_of(spec, self.current[spec.identifier])

    def without_affected(self, rows: str, spec: TableSpec) -> str:
        """SQL of a table's rows but for those that are made again."""
        keys = self.affected.keys_of(spec)
        return f'SELECT r.* FROM {rows} r ANTI JOIN {keys} k ON r."{subject_of(spec).column}" = k.key'


def added_rows(inputs: IncrementInputs) -> str:
    """The relation of the rows to add to the job's table."""
    reader, spec = inputs.reader, inputs.spec
    new = {each: inputs.new_rows(each) for each in inputs.tables if each.instant}
    others = {each: inputs.without_affected(rows, each) for each, rows in new.items()}
    news = {each: reader.create_temp_table(f"news_of_{each.name}", rows) for each, rows in others.items()}
    parts = {each: reader.create_temp_table(f"part_of_{each.name}", inputs.part(each, news)) for each in inputs.tables}
    relations = {each.name: part for each, part in parts.items()}
    made = reader.create_temp_table("part_made", by_reader(reader, inputs.job.transform, relations, inputs.functions))
    columns, grain = (", ".join(f'"{name}"' for name in names) for names in (spec.column_names, spec.grain))
    return f"(SELECT {columns} FROM {made} ANTI JOIN ({inputs.held_again(news)}) USING ({grain}))"
