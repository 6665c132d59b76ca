"""The fields that each source declares, and what a value of one must be like. They come from the landing specs."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from catalog.schema.types import ARROW_TYPES
from catalog.specs import table
from catalog.specs.landing import DERIVED, PROVENANCE
from jobs.identity import normalise_device, normalise_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.schema.table_spec import Column

# Letters, marks and digits of any script, and hyphens.
_LABEL_CATEGORIES = frozenset("LMN")
_NOT_IN_LOCAL = frozenset('@<>()[],;:\\"')
# Milliseconds outside of these years are seconds, microseconds or a clock that was never set.
EARLIEST_MS = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 24 * 60 * 60 * 1000

UPDATED = "lastUpdateDate"
"""The field that orders a customer's records."""
_EMAIL_FIELDS = frozenset({"email", "user"})
_DEVICE_FIELDS = frozenset({"serialNumber"})
_ASCII_BLANKS = frozenset(" \t\r\n\f\v")


@cache
def fields(source: str) -> tuple[Column, ...]:
    """The columns that the source itself sends, in the landing table's order."""
    columns = table(f"landing.{source}_landing").columns
    return tuple(column for column in columns if column not in PROVENANCE and column not in DERIVED)


@cache
def derived(source: str) -> tuple[tuple[str, int, Callable[[str], str]], ...]:
    """The columns made of fields: name, place of the field among ``fields``, and what normalises its values."""
    names = {column.name for column in table(f"landing.{source}_landing").columns if column in DERIVED}
    kinds = (("person", _EMAIL_FIELDS, normalise_person), ("device", _DEVICE_FIELDS, normalise_device))
    places = {column.name: place for place, column in enumerate(fields(source))}
    return tuple(
        (name, places[field], normalise)
        for name, of, normalise in kinds
        if name in names
        for field in sorted(of & places.keys())
    )


def is_time(column: Column) -> bool:
    """Whether the field is an instant in epoch ms: the sources have no other 64-bit integers."""
    return column.type == "long"


def is_email(column: Column) -> bool:
    """Whether the field is an e-mail address."""
    return column.name in _EMAIL_FIELDS


def is_identity(column: Column) -> bool:
    """Whether the field says who or which device it was: a blank one says nothing."""
    return column.name in _EMAIL_FIELDS | _DEVICE_FIELDS


def is_address(text: str) -> bool:
    """Whether a text is an address and nothing else: no ``mailto:``, no brackets, quotes or dots around it.

    Something, ``@``, and two or more labels of letters, digits and hyphens with dots between.
    """
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    if not (local and at) or not _ASCII_BLANKS.isdisjoint(text) or not _NOT_IN_LOCAL.isdisjoint(local):
        return False
    labels = domain.split(".")
    return local.strip("'.") == local and len(labels) > 1 and all(labels) and all(map(_is_of_label, set(domain)))


def _is_of_label(letter: str) -> bool:
    return letter in "-." or unicodedata.category(letter)[0] in _LABEL_CATEGORIES


REPEATED = pa.dictionary(pa.int32(), pa.string())
"""Type of texts of which a file has few: of each batch, every distinct one is kept once."""


@cache
def declared_schema(source: str) -> pa.Schema:
    """Arrow schema of the source's fields."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in fields(source)])


@cache
def batch_schema(source: str) -> pa.Schema:
    """Arrow schema of what the reader gives.

    Fields, what is derived of them, extraFields, recordNumber, and, of a refused record, the verdict; where it is or
    may be a customer's, the people whom it names, the newest lastUpdateDate that it holds, and whether it is certain
    whom it concerns.
    """
    declared = [
        field.with_type(REPEATED) if is_identity(column) else field
        for column, field in zip(fields(source), declared_schema(source), strict=True)
    ]
    made = [pa.field(name, REPEATED) for name, _, _ in derived(source)]
    verdict = [pa.field(name, pa.string()) for name in ("reason", "detail", "rawText", "people")]
    number = pa.field("recordNumber", pa.int64())
    added = [*made, pa.field("extraFields", pa.string()), number, *verdict]
    if source != "customer":
        added.append(pa.field(UPDATED, pa.int64()))
    added.append(pa.field("isRecognised", pa.bool_()))
    return pa.schema([*declared, *added])
