"""The shape of a source's records, derived from the landing tables' specs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from catalog.specs import table
from catalog.specs.landing import DERIVED, PROVENANCE

Record = dict[str, Any]

_EMAILS = ("email", "user")
_COMPACT = (",", ":")


@dataclass(frozen=True)
class RecordShape:
    """Field names by role, in the order of the source.

    Attributes:
        required: always present.
        optional: present when the customer agreed.
        strings: required texts.
        numbers: required numbers.
        times: those of the numbers that are epoch ms.
        emails: those of the strings that are e-mail addresses.
        separators: between fields, and between name and value, as the source writes them.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    strings: tuple[str, ...]
    numbers: tuple[str, ...]
    times: tuple[str, ...]
    emails: tuple[str, ...]
    separators: tuple[str, str]

    def dumps(self, record: Record) -> str:
        """The record as JSON, as the source writes it."""
        return json.dumps(record, separators=self.separators)


def record_shape(source: str) -> RecordShape:
    """The shape of the records of customer, accelerometer or step_trainer."""
    columns = [column for column in table(f"landing.{source}_landing").columns if column not in PROVENANCE + DERIVED]
    required = [column for column in columns if column.required]
    return RecordShape(
        required=tuple(column.name for column in required),
        optional=tuple(column.name for column in columns if not column.required),
        strings=tuple(column.name for column in required if column.type == "string"),
        numbers=tuple(column.name for column in required if column.type != "string"),
        times=tuple(column.name for column in required if column.type == "long"),
        emails=tuple(column.name for column in required if column.name in _EMAILS),
        separators=(", ", ": ") if source == "customer" else _COMPACT,
    )
