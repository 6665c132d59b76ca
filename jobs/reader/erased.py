"""Whose records must not come back: those of people who were erased, wherever a delivery names them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.drop.delivery import Listing
from catalog.privacy.suppression import FOREVER, SuppressionList, hashed
from jobs.identity import normalise_device
from jobs.reader.fields import LATEST_MS
from jobs.reader.people import Mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyarrow as pa

    from catalog.privacy.suppression import Kind, SuppressedDevice

ERASED = "erased"
"""Reason of the quarantine: the record is an erased person's, and nothing of it is kept."""
PLACEHOLDER = "erased"
"""What stands in texts in place of an erased person's values."""
_DETAIL = "the record names somebody who was erased; nothing of it is kept"
_NAMELESS = "something whose name is that of somebody who was erased is not read"
_INSTANTS = {"step_trainer": "sensorReadingTime"}
_TOKEN = re.compile(r"[^\W_][\w.\-]{4,}")
_PHONE = re.compile(r"[0-9](?:[ ()./+-]*[0-9]){6,}")
_LEAST_DIGITS = 7


def phone_digits(phone: str) -> str | None:
    """A telephone number's digits; None where there are too few to tell it from other numbers."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return digits if len(digits) >= _LEAST_DIGITS else None


@dataclass(frozen=True)
class Erased:
    """Tells by the suppression list what is an erased person's; sent to workers.

    Attributes:
        suppressed: the list.
        key: of its hashes.
    """

    suppressed: SuppressionList
    key: bytes

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self.suppressed)

    @property
    def waits_for_others(self) -> bool:
        """Whether a device's time goes on until somebody else registers it."""
        return any(each.until == FOREVER for each in self.suppressed.devices)

    def released(self, registered: Iterable[tuple[str, int]]) -> Erased:
        """The same, devices being others' from when these registered them.

        Args:
            registered: normalised serial numbers, with when each person's records first name them, epoch ms UTC.
        """
        by_device: dict[str, list[int]] = {}
        for name, since in registered:
            by_device.setdefault(name, []).append(since)
        hashes = {self._hash("device", name): moments for name, moments in by_device.items()}
        return replace(self, suppressed=self.suppressed.released(hashes))

    def is_person(self, person: str) -> bool:
        """Whether a normalised address is an erased person's."""
        return self._hash("person", person) in self.suppressed.people

    def is_device(self, device: str, instant: int | None) -> bool:
        """Whether a device was an erased person's at an instant, epoch ms UTC; None: ever."""
        times = self._devices.get(self._hash("device", device), [])
        return bool(times) if instant is None else any(each.since <= instant < each.until for each in times)

    def mentions(self, text: str) -> bool:
        """Whether a text names an erased person, one of their devices, or their telephone number."""
        if "@" in text or "\\" in text or "%" in text or "(at)" in text.lower() or not text.isascii():
            mentioned = Mentions(LATEST_MS)
            mentioned.look(text.encode("utf-8", "surrogateescape"))
            if any(map(self.is_person, (mentioned.people or "").split(" "))):
                return True
        if any(self.is_device(normalise_device(token[0]), None) for token in _TOKEN.finditer(text)):
            return True
        return any(self._is_phone(number[0]) for number in _PHONE.finditer(text))

    def without_members(self, extra: str) -> str | None:
        """A JSON object's text without the members that name an erased person; None where nothing is left."""
        if not self.mentions(extra):
            return extra
        kept = {
            name: value
            for name, value in json.loads(extra).items()
            if not self.mentions(json.dumps({name: value}, ensure_ascii=False))
        }
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None

    def file_name(self, name: str) -> str:
        """A delivered file's name; another one in its folder where it names an erased person."""
        if not self.mentions(name.rpartition(".")[0] or name) and not self.mentions(name):
            return name
        folder, _, base = name.rpartition("/")
        ending = "".join(re.findall(r"\.(?:json|gz)\b", base.lower()))
        return f"{folder}/{PLACEHOLDER}_{self._hash('person', name)[:12]}{ending}".lstrip("/")

    def listing(self, listing: Listing) -> Listing:
        """What lies in a drop folder, under names that name no erased person; paths are as they are."""
        return Listing(
            tuple(replace(file, name=self.file_name(file.name)) for file in listing.files),
            tuple(replace(file, name=self.file_name(file.name)) for file in listing.refused),
            tuple(warning if not self.mentions(warning) else _NAMELESS for warning in listing.warnings),
        )

    def refuse(self, source: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A source's records; those of erased people refused, with nothing of what they said.

        Args:
            source: customer, accelerometer or step_trainer.
            batch: rows of ``batch_schema``.
        """
        import pyarrow as pa

        gone = self._gone(source, batch)
        if not any(gone):
            return self._scrubbed(batch)
        mask = pa.array(gone, pa.bool_())
        columns = {
            name: _replaced(column, mask, _LEFT.get(name))
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if name != "recordNumber"
        }
        arrays = [columns.get(name, batch[name]) for name in batch.schema.names]
        return self._scrubbed(pa.RecordBatch.from_arrays(arrays, schema=batch.schema))

    def _gone(self, source: str, batch: pa.RecordBatch) -> list[bool]:
        """For each record, whether it is an erased person's."""
        gone = [False] * batch.num_rows
        if "person" in batch.schema.names:
            for place in _places(batch["person"], self.is_person):
                gone[place] = True
        if source in _INSTANTS and self.suppressed.devices:
            devices, instants = batch["device"], batch[_INSTANTS[source]]
            for place in _places(devices, lambda device: self.is_device(device, None)):
                gone[place] = self.is_device(str(devices[place].as_py()), instants[place].as_py())
        for place, text in enumerate(batch["rawText"].to_pylist() if batch["rawText"].null_count < len(gone) else []):
            gone[place] = gone[place] or (text is not None and self.mentions(text))
        return gone

    def _scrubbed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Other people's records without the fields that no table names and that name an erased person."""
        import pyarrow as pa

        extra = batch["extraFields"]
        if extra.null_count == len(extra):
            return batch
        kept = pa.array(
            [None if text is None else self.without_members(text) for text in extra.to_pylist()], extra.type
        )
        return batch.set_column(batch.schema.get_field_index("extraFields"), batch.schema.field("extraFields"), kept)

    @cached_property
    def _devices(self) -> dict[str, list[SuppressedDevice]]:
        found: dict[str, list[SuppressedDevice]] = {}
        for each in self.suppressed.devices:
            found.setdefault(each.device, []).append(each)
        return found

    def _is_phone(self, number: str) -> bool:
        digits = phone_digits(number)
        return digits is not None and self._hash("phone", digits) in self.suppressed.phones

    def _hash(self, kind: Kind, value: str) -> str:
        return hashed(kind, value, self.key)


_LEFT: dict[str, Any] = {"reason": ERASED, "detail": _DETAIL, "rawText": "", "isRecognised": True}
"""What is left of a record that is refused as an erased person's."""


def _places(values: pa.Array[Any], holds: Callable[[str], bool]) -> Iterable[int]:
    """Where a column has values of which something holds; every distinct one is asked for once."""
    import numpy as np
    import pyarrow as pa

    encoded = values if isinstance(values, pa.DictionaryArray) else values.dictionary_encode()
    wanted = [place for place, value in enumerate(encoded.dictionary.to_pylist()) if value is not None and holds(value)]
    if not wanted:
        return []
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return map(int, np.flatnonzero(np.isin(indices, wanted)))


def _replaced(column: pa.Array[Any], mask: pa.Array[Any], value: Any) -> pa.Array[Any]:
    """A column with another value where the mask says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.DictionaryArray):
        indices = pc.if_else(mask, pa.scalar(None, column.indices.type), column.indices)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary)
    replaced: pa.Array[Any] = pc.if_else(mask, pa.scalar(value, column.type), column)
    return replaced
