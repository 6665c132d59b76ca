"""Rows of a file as the reader gives them, checked against its inventory and against the gate's count on the way."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from expectations.validation.delivered import count_objects
from jobs.reader import inventory, read_records
from jobs.reader.boundaries import Boundaries
from jobs.reader.fields import batch_schema
from jobs.reader.parts import parts
from jobs.reader.records import row
from jobs.reader.window import Window

if TYPE_CHECKING:
    from jobs.reader.spelling import Variants

ARRIVED = 1_780_000_000_000  # 2026-05-28
READING = '{"user":"a@b.test","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":0.5}'
STEP = '{"sensorReadingTime":1655564444103,"serialNumber":"s","distanceFromObject":218}'
CUSTOMER = (
    '{"customerName":"N N","email":"n@b.test","phone":"1","birthDay":"1990-01-01","serialNumber":"s",'
    '"registrationDate":1655564376361,"lastUpdateDate":1655564376361}'
)


def file_rows(data: bytes, source: str = "accelerometer", split_bytes: int = 1 << 20) -> list[dict[str, Any]]:
    """All rows of a file."""
    found = inventory(io.BytesIO(data), source, split_bytes)
    rows: list[dict[str, Any]] = []
    for split in found.splits:
        batches = read_records(io.BytesIO(data), source, split, arrived_ms=ARRIVED)
        read = [row for batch in batches for row in batch.to_pylist()]
        assert len(read) == split.records
        rows += read
    assert found.records == len(rows) == count_objects(io.BytesIO(data))
    assert found.bytes == len(data)
    assert [row["recordNumber"] for row in rows] == list(range(1, len(rows) + 1))
    return rows


def exact_rows(data: bytes, source: str = "accelerometer", variants: Variants = ()) -> list[dict[str, Any]]:
    """All rows of a file, none of them read fast; without their numbers."""

    def in_doubt(_data: bytes) -> int | None:
        return None

    names = [name for name in batch_schema(source).names if name != "recordNumber"]
    found = parts(Boundaries(Window(io.BytesIO(data))), in_doubt)
    return [
        dict(zip(names, row(record, source, variants, ARRIVED), strict=True))
        for part in found
        for record in part.records
    ]


def encoded(text: str | bytes) -> bytes:
    """Lone surrogates stand for bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def reasons(data: str | bytes, source: str = "accelerometer") -> list[str | None]:
    """Why each record is refused; None for an accepted one."""
    return [row["reason"] for row in file_rows(encoded(data), source)]


def refused(data: str | bytes, source: str = "customer") -> dict[str, Any]:
    """The one row of a file, which is refused."""
    [row] = file_rows(encoded(data), source)
    assert row["reason"]
    return row


def customer(**changes: Any) -> str:
    """A customer record with other values."""
    return json.dumps(json.loads(CUSTOMER) | changes, ensure_ascii=False)
