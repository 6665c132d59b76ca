"""Write records in unusual but valid forms: they must land with the same meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.simulator.record_shape import Record, RecordShape


class Varier:
    """Writes good records of one source, cycling through the unusual forms.

    Args:
        shape: of the source's records.
    """

    def __init__(self, shape: RecordShape) -> None:
        self.made = 0
        self._shape = shape
        self._kinds = _KINDS if shape.optional else [kind for kind in _KINDS if kind is not _null_consent]

    def varied(self, good: str) -> str:
        """A record with the same meaning."""
        make = self._kinds[self.made % len(self._kinds)]
        self.made += 1
        return self._shape.dumps(make(self._shape, json.loads(good)))


def _floats(shape: RecordShape, record: Record) -> Record:
    return record | {key: float(record[key]) for key in shape.times}


def _strings(shape: RecordShape, record: Record) -> Record:
    return record | {key: str(record[key]) for key in shape.times}


def _null_consent(shape: RecordShape, record: Record) -> Record:
    return record | {key: record.get(key) for key in shape.optional}


def _extra_field(_: RecordShape, record: Record) -> Record:
    return record | {"appVersion": "2.1"}


def _nested_extra_field(_: RecordShape, record: Record) -> Record:
    return record | {"device": {"model": "ST-1", "firmware": [2, 1]}}


_KINDS: list[Callable[[RecordShape, Record], Record]] = [
    _floats,
    _strings,
    _extra_field,
    _nested_extra_field,
    _null_consent,
]
