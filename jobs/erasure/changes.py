"""What becomes of each table's rows when people are erased, whatever snapshot, branch or tag they are in."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.rewrite.row_change import RowChange
from catalog.specs import TABLES
from catalog.specs.landing import DELIVERED_FILE, QUARANTINE
from jobs.ingest_landing import LANDING
from jobs.reader.erased import PLACEHOLDER

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from catalog.rewrite.row_change import DataFiles
    from catalog.schema.table_spec import TableSpec
    from jobs.erasure.subjects import Subjects
    from jobs.reader.erased import Erased

FileKey = tuple[str, str]
"""A delivered content: its source, and its SHA-256."""
_RECORD = ("source", "sourceFileSha256", "recordNumber")


@dataclass
class Changes:
    """Makes the change of each table; to be asked for a table when its turn comes.

    Attributes:
        reader: holds what the conditions compare with.
        subjects: whose rows go.
        erased: tells who else names them.
    """

    reader: DataFiles
    subjects: Subjects
    erased: Erased

    def of(self, spec: TableSpec, counts: Mapping[FileKey, tuple[int, int]] | None = None) -> RowChange:
        """What becomes of a table's rows.

        Args:
            spec: the table.
            counts: for the ledger: what is landed and quarantined of delivered files, now that rows have gone.
        """
        removed, changed = [self._removed(spec)], []
        values: dict[str, str] = {}
        for column, new in self._replaced_texts(spec):
            mapping = self._mapping(f"{spec.name}_{column}", new)
            changed.append(f'r."{column}" IN (SELECT old FROM {mapping})')
            values[column] = (
                f'(CASE WHEN r."{column}" IN (SELECT old FROM {mapping}) '
                f'THEN (SELECT any_value(new) FROM {mapping} m WHERE m.old = r."{column}") ELSE r."{column}" END)'
            )
        if spec == QUARANTINE:
            gone, kept = self._quarantined
            removed.append(_among(gone))
            changed.append(_among(kept))
            values |= {name: _value(kept, name, _RECORD) for name in ("rawText", "people")}
        if spec == DELIVERED_FILE and counts:
            table = self._counts(counts)
            changed.append(
                f"EXISTS (SELECT 1 FROM {table} c WHERE c.source = r.source AND c.sourceFileSha256 = "
                "r.sourceFileSha256 AND (c.landed <> r.landed OR c.quarantined <> r.quarantined))"
            )
            values |= {name: _value(table, name, _RECORD[:2]) for name in ("landed", "quarantined")}
        return RowChange(_any(removed), _any(changed), values)

    def files_that_held_them(self) -> list[FileKey]:
        """The delivered contents that rows of theirs came from."""
        found: set[FileKey] = set()
        for source, spec in LANDING.items():
            rows = f"SELECT DISTINCT r.sourceFileSha256 FROM {self.reader.history_rows(spec)} r "
            found |= {(source, sha256) for (sha256,) in self.reader.fetch(f"{rows} WHERE {self._removed(spec)}")}
        for relation in self._quarantined:
            found |= {(source, sha256) for source, sha256, *_ in self.reader.fetch(f"FROM {relation}")}
        return sorted(found)

    def _removed(self, spec: TableSpec) -> str:
        """The condition of their rows, by what says whose a row is."""
        conditions = []
        names = spec.column_names
        if "person" in names:
            conditions.append(f"r.person IN (SELECT key FROM {self.reader.keys(self.subjects.people)})")
        if "pseudonym" in names:
            conditions.append(f"r.pseudonym IN (SELECT key FROM {self.reader.keys(self.subjects.pseudonyms)})")
        if spec.instant is not None and "serialNumber" in names:
            # What an earlier snapshot gave to somebody else, before it was known to be theirs, goes as well.
            device = "device" if "device" in names else "serialNumber"
            conditions.append(
                f"EXISTS (SELECT 1 FROM {self._times} t WHERE t.device = r.{device} "
                f'AND r."{spec.instant}" >= t.since AND r."{spec.instant}" < t.until)'
            )
        return _any(conditions)

    def _replaced_texts(self, spec: TableSpec) -> Iterable[tuple[str, dict[str, str | None]]]:
        """Columns of text in which other rows name them, with the new texts by the old ones."""
        change: dict[str, Callable[[str], str | None]] = {
            "sourceFile": self.erased.file_name,
            "extraFields": self.erased.without_members,
            "observed": self._without_them,
        }
        for column in change.keys() & set(spec.column_names):
            texts = self.reader.fetch(
                f'SELECT DISTINCT "{column}" FROM {self.reader.history_rows(spec)} WHERE "{column}" IS NOT NULL'
            )
            new = {text: now for (text,) in texts if (now := change[column](text)) != text}
            if new:
                yield column, new

    def _without_them(self, text: str) -> str:
        return self._pattern.sub(PLACEHOLDER, text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return self.subjects.pattern()

    @cached_property
    def _quarantined(self) -> tuple[str, str]:
        """Refused records that name them: those that go, and those that suspend others' consent, without their text."""
        rows = self.reader.fetch(
            f"SELECT {', '.join(_RECORD)}, rawText, people FROM {self.reader.history_rows(QUARANTINE)} "
            "WHERE rawText <> ''"
        )
        gone, kept = [], []
        for *record, text, people in dict.fromkeys(rows):
            named = (people or "").split()
            others = [person for person in named if not self.erased.is_person(person)]
            if len(others) == len(named) and not self._in_text(text):
                continue
            if others:
                # Alike texts count as one, so each keeps something of its own.
                digest = hmac.new(self.erased.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
                kept.append((*record, f"{PLACEHOLDER} {digest[:16]}", " ".join(others)))
            else:
                gone.append(tuple(record))
        columns = dict(zip(_RECORD, ("string", "string", "int64"), strict=True))
        return (
            self._load("quarantine_gone", columns, gone),
            self._load("quarantine_kept", columns | {"rawText": "string", "people": "string"}, kept),
        )

    def _in_text(self, text: str) -> bool:
        return self._pattern.search(text) is not None or self.erased.mentions(text)

    @cached_property
    def _times(self) -> str:
        rows = [(time.device, time.since, time.until) for time in self.subjects.times]
        return self._load("erased_times", {"device": "string", "since": "int64", "until": "int64"}, rows)

    def _mapping(self, name: str, new: Mapping[str, str | None]) -> str:
        return self._load(f"erased_{name}", {"old": "string", "new": "string"}, list(new.items()))

    def _counts(self, counts: Mapping[FileKey, tuple[int, int]]) -> str:
        columns = {"source": "string", "sourceFileSha256": "string", "landed": "int64", "quarantined": "int64"}
        return self._load("erased_counts", columns, [(*key, *numbers) for key, numbers in counts.items()])

    def _load(self, name: str, columns: Mapping[str, Any], rows: Sequence[Sequence[object]]) -> str:
        """Rows as a relation of the reader."""
        import pyarrow as pa

        schema = pa.schema([(column, pa.type_for_alias(alias)) for column, alias in columns.items()])
        return self.reader.load_arrow(
            name, pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema)
        )


def counts_now(
    reader: DataFiles, snapshots: Mapping[TableSpec, int | None], files: Sequence[FileKey]
) -> dict[FileKey, tuple[int, int]]:
    """What is landed and quarantined of delivered contents, by the tables that readers see.

    Args:
        reader: reads them; opened after they were rewritten.
        snapshots: of the landing tables and the quarantine.
        files: the contents.
    """
    statements = [
        f"SELECT '{source}' AS source, sourceFileSha256, 1 AS landed FROM {reader.relation(spec, snapshots[spec])}"
        for source, spec in LANDING.items()
    ]
    statements.append(f"SELECT source, sourceFileSha256, 0 FROM {reader.relation(QUARANTINE, snapshots[QUARANTINE])}")
    rows = reader.fetch(
        "SELECT source, sourceFileSha256, sum(landed), count(*) - sum(landed) "
        f"FROM ({' UNION ALL '.join(statements)}) SEMI JOIN {reader.keys([sha256 for _, sha256 in files])} k "
        "ON sourceFileSha256 = k.key GROUP BY ALL"
    )
    counts = {(source, sha256): (int(landed), int(quarantined)) for source, sha256, landed, quarantined in rows}
    return {file: counts.get(file, (0, 0)) for file in files}


def tables_in_order() -> list[TableSpec]:
    """All tables; the ledger after those that it counts."""
    return sorted(TABLES.values(), key=lambda spec: spec == DELIVERED_FILE)


def _any(conditions: Sequence[str]) -> str:
    return "(" + " OR ".join(conditions) + ")" if conditions else "false"


def _among(relation: str) -> str:
    same = " AND ".join(f"k.{name} = r.{name}" for name in _RECORD)
    return f"EXISTS (SELECT 1 FROM {relation} k WHERE {same})"


def _value(relation: str, column: str, keys: Sequence[str]) -> str:
    """The new value of a column where the relation has one for the row."""
    same = " AND ".join(f"v.{name} = r.{name}" for name in keys)
    return f"coalesce((SELECT any_value(v.{column}) FROM {relation} v WHERE {same}), r.{column})"
