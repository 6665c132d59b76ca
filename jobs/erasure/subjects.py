"""Whose data is to go: every spelling, device and time of the people who are erased, as landing knows them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.privacy.suppression import SuppressedDevice, SuppressionList, hashed, suppression_key
from catalog.specs.landing import ACCELEROMETER_LANDING, CUSTOMER_LANDING, STEP_TRAINER_LANDING
from jobs.holding import device_holders
from jobs.pseudonym import pseudonym
from jobs.reader.erased import Erased, phone_digits
from jobs.withdrawal.keys import unknown_pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catalog.rewrite.row_change import DataFiles

_LEAST_CHARACTERS = 8


@dataclass(frozen=True, order=True)
class DeviceTime:
    """A time of a device whose readings go.

    Attributes:
        device: the normalised serial number.
        since: epoch ms UTC.
        until: the first instant that stays, epoch ms UTC.
    """

    device: str
    since: int
    until: int


@dataclass(frozen=True)
class Subjects:
    """The people who are erased, in clear: personal data, to be kept no longer than the erasure takes.

    Attributes:
        people: their normalised addresses.
        pseudonyms: their pseudonyms, in the same order.
        times: the times of devices whose readings are theirs.
        emails: their addresses, however they are spelt in the lake.
        phones: telephone numbers that are nobody else's.
        serials: serial numbers, however they are spelt, of devices that are nobody else's.
        all_serials: serial numbers of all their devices, others' among them.
        names: full names that are nobody else's.
        shared: how many of their numbers, serial numbers and names somebody else has, too: nothing tells whose they
            are where they stand alone, so they are not looked for.
    """

    people: tuple[str, ...]
    pseudonyms: tuple[str, ...]
    times: tuple[DeviceTime, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    all_serials: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    shared: int = 0

    @property
    def values(self) -> tuple[str, ...]:
        """What tells them in a text, the longest first: short names and numbers would be found in anything."""
        told = {*self.pseudonyms, *self.emails, *(v for v in (*self.serials, *self.phones, *self.names) if _is_long(v))}
        return tuple(sorted(told, key=lambda value: (-len(value), value)))

    def pattern(self) -> re.Pattern[str]:
        """Finds their values in a text, and no longer ones that hold them."""
        values = "|".join(map(re.escape, self.values)) or r"(?!)"
        return re.compile(rf"(?<![\w.+%-])(?:{values})(?![\w]|[.-]\w)", re.IGNORECASE)

    def erased(self, pseudonym_key: bytes, erased_ms: int) -> Erased:
        """What tells whose a record is, by their part of the suppression list.

        Args:
            pseudonym_key: of the lake.
            erased_ms: when they were erased, epoch ms UTC.
        """
        key = suppression_key(pseudonym_key)
        return Erased(self._suppressed(key, erased_ms), key)

    def _suppressed(self, key: bytes, erased_ms: int) -> SuppressionList:
        numbers = {digits for phone in self.phones if (digits := phone_digits(phone)) is not None}
        return SuppressionList(
            frozenset(hashed("person", person, key) for person in self.people),
            frozenset(
                SuppressedDevice(hashed("device", t.device, key), t.since, t.until, erased_ms) for t in self.times
            ),
            frozenset(hashed("phone", number, key) for number in numbers),
        )

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> Subjects:
        """What ``document`` gave."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        return cls(**(values | {"times": tuple(DeviceTime(**each) for each in document["times"])}))


def refuse_other_key(reader: DataFiles, pseudonym_key: bytes) -> None:
    """Refuse where rows of the training table are stored that the key did not name: nobody can tell whose they are.

    Raises:
        UsageError: there are such rows.
    """
    if unknown := unknown_pseudonyms(reader, pseudonym_key):
        raise UsageError(
            f"{counted(unknown, 'pseudonym')} in the training table's history {'was' if unknown == 1 else 'were'} not "
            "made with this key of anybody in landing, so that nobody can tell whose rows they are; use the key that "
            "made them, or let those snapshots expire first: stedi maintain"
        )


def _is_long(value: str) -> bool:
    return len(value) >= _LEAST_CHARACTERS


def resolve_subjects(reader: DataFiles, people: Sequence[str], pseudonym_key: bytes) -> Subjects:
    """Look up whose data goes, in all that was ever landed and is still stored.

    Args:
        reader: reads all data files.
        people: normalised addresses.
        pseudonym_key: of the training table's pseudonyms.
    """
    keys = reader.keys(sorted(people))
    customers = reader.history_rows(CUSTOMER_LANDING)
    own = reader.materialize_once(f"SELECT * FROM {customers} SEMI JOIN {keys} k ON person = k.key")
    others = reader.materialize_once(f"SELECT * FROM {customers} ANTI JOIN {keys} k ON person = k.key")
    phones, shared_phones = _told_apart(reader, own, others, "phone")
    names, shared_names = _told_apart(reader, own, others, "customerName")
    devices, shared_devices = _told_apart(reader, own, others, "device")
    emails = _texts(
        reader,
        f'SELECT email FROM {own} UNION SELECT "user" FROM {reader.history_rows(ACCELEROMETER_LANDING)} '
        f"SEMI JOIN {keys} k ON person = k.key UNION SELECT key FROM {keys}",
    )
    return Subjects(
        people=tuple(sorted(people)),
        pseudonyms=tuple(pseudonym(person, pseudonym_key) for person in sorted(people)),
        times=_device_times(reader, own, others),
        emails=emails,
        phones=phones,
        serials=_serials(reader, own, devices),
        all_serials=_serials(reader, own, _texts(reader, f"SELECT DISTINCT device FROM {own}")),
        names=names,
        shared=shared_phones + shared_names + shared_devices,
    )


def _serials(reader: DataFiles, own: str, devices: Sequence[str]) -> tuple[str, ...]:
    """How the serial numbers of some devices are spelt."""
    keys = reader.keys(sorted(devices))
    return _texts(
        reader,
        f"SELECT serialNumber FROM {own} SEMI JOIN {keys} k ON device = k.key "
        f"UNION SELECT serialNumber FROM {reader.history_rows(STEP_TRAINER_LANDING)} SEMI JOIN {keys} k "
        f"ON device = k.key UNION SELECT key FROM {keys}",
    )


def _texts(reader: DataFiles, statement: str) -> tuple[str, ...]:
    return tuple(sorted(str(text) for (text,) in reader.fetch(statement)))


def _told_apart(reader: DataFiles, own: str, others: str, column: str) -> tuple[tuple[str, ...], int]:
    """Values that are nobody else's, and how many somebody else has, too."""
    mine = f"SELECT DISTINCT {column} AS value FROM {own}"
    theirs = f"SELECT lower({column}) AS value FROM {others}"
    alone = _texts(reader, f"SELECT value FROM ({mine}) m WHERE lower(value) NOT IN ({theirs})")
    [(every,)] = reader.fetch(f"SELECT count(*) FROM ({mine})")
    return alone, int(every) - len(alone)


def _device_times(reader: DataFiles, own: str, others: str) -> tuple[DeviceTime, ...]:
    """The times of their devices that would be somebody else's, or nobody's, if their records had never come.

    That is their own time, and time that was held back as two had the device: without their records it would be the
    other's, though it may have been theirs.
    """
    devices = reader.materialize_once(f"SELECT DISTINCT device FROM {own}")
    namers = f"SELECT DISTINCT person FROM {others} SEMI JOIN {devices} USING (device)"
    beside = reader.materialize_once(f"SELECT * FROM {others} SEMI JOIN ({namers}) USING (person)")
    together = reader.materialize_once(f"SELECT * FROM {own} UNION ALL SELECT * FROM {beside}")
    before, after = (_holders(reader, records, devices) for records in (together, beside))
    return tuple(
        DeviceTime(device, since, until)
        for device in sorted(before.keys() | after.keys())
        for since, until in _differing(before.get(device, []), after.get(device, []))
    )


def _holders(reader: DataFiles, records: str, devices: str) -> dict[str, list[tuple[int, int, str]]]:
    """Who holds which of some devices by some records: since, until and person."""
    turns = reader.from_spark(device_holders(records))
    found: dict[str, list[tuple[int, int, str]]] = {}
    rows = reader.fetch(f"SELECT device, since, until, person FROM ({turns}) SEMI JOIN {devices} USING (device)")
    for device, since, until, person in rows:
        found.setdefault(device, []).append((since, until, person))
    return found


def _differing(before: Iterable[tuple[int, int, str]], after: Iterable[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """The times at which two accounts of who holds a device differ, as few as possible."""
    before, after = list(before), list(after)
    moments = sorted({moment for since, until, _ in (*before, *after) for moment in (since, until)})
    found: list[tuple[int, int]] = []
    for since, until in pairwise(moments):
        if _at(before, since) == _at(after, since):
            continue
        if found and found[-1][1] == since:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since, until))
    return found


def _at(turns: Iterable[tuple[int, int, str]], moment: int) -> str | None:
    return next((person for since, until, person in turns if since <= moment < until), None)
