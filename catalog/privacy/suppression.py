"""The suppression list: who was erased, as keyed hashes, so that no delivery brings them back."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from catalog.errors import DamagedLakeError
from catalog.privacy.records import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from catalog.profiles.profile import Profile
    from catalog.storage.files import Storage

Kind = Literal["person", "device", "phone"]
FOREVER = 9_223_372_036_854_775_807
"""The end of a time that has none, epoch ms UTC."""


def suppression_key(pseudonym_key: bytes) -> bytes:
    """The key of the list's hashes: made of the pseudonym key, and of no use as one."""
    return hmac.new(pseudonym_key, b"stedi suppression list", hashlib.sha256).digest()


def hashed(kind: Kind, value: str, key: bytes) -> str:
    """The keyed hash under which the list holds a normalised value: 64 hexadecimal digits."""
    return hmac.new(key, f"{kind} {value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, order=True)
class SuppressedDevice:
    """A time of a device that was an erased person's.

    Attributes:
        device: its keyed hash.
        since: epoch ms UTC.
        until: the first instant that is not, epoch ms UTC; ``FOREVER``: until somebody else registers the device.
        erased_ms: when the person was erased, epoch ms UTC: nobody else's time begins before.
    """

    device: str
    since: int
    until: int
    erased_ms: int


@dataclass(frozen=True)
class SuppressionList:
    """Who was erased.

    Attributes:
        people: keyed hashes of persons.
        devices: times of devices.
        phones: keyed hashes of telephone numbers that were one person's.
    """

    people: frozenset[str] = frozenset()
    devices: frozenset[SuppressedDevice] = frozenset()
    phones: frozenset[str] = field(default=frozenset())

    def __bool__(self) -> bool:
        """Whether anybody is on it."""
        return bool(self.people or self.devices or self.phones)

    def __or__(self, other: SuppressionList) -> SuppressionList:
        """Whoever is on one of them."""
        return SuppressionList(self.people | other.people, self.devices | other.devices, self.phones | other.phones)

    def released(self, registered: Mapping[str, Collection[int]]) -> SuppressionList:
        """The same, where others have registered devices after they were an erased person's.

        Args:
            registered: when each person's records first name a device, by its keyed hash, epoch ms UTC.
        """

        def until(time: SuppressedDevice) -> int:
            later = [since for since in registered.get(time.device, ()) if since > time.since]
            return max(min(later), time.erased_ms) if later and time.until == FOREVER else time.until

        return replace(self, devices=frozenset(replace(time, until=until(time)) for time in self.devices))


def load_suppression(storage: Storage, profile: Profile) -> SuppressionList:
    """The lake's list; an empty one where nobody was ever erased.

    Raises:
        DamagedLakeError: it cannot be read: nothing may be ingested then.
    """
    location, unknown = _location(profile), "who must stay away is not known"
    document = read_record(storage, location, unknown)
    if document is None:
        return SuppressionList()
    try:
        devices = frozenset(SuppressedDevice(*each) for each in document["devices"])
        return SuppressionList(frozenset(document["people"]), devices, frozenset(document["phones"]))
    except (KeyError, TypeError) as error:
        raise DamagedLakeError(f"{location} is no suppression list: {unknown}; restore it from a backup") from error


def save_suppression(storage: Storage, profile: Profile, suppressed: SuppressionList) -> None:
    """Keep the list, in place of the one that is there."""
    document = {
        "people": sorted(suppressed.people),
        "devices": [[each.device, each.since, each.until, each.erased_ms] for each in sorted(suppressed.devices)],
        "phones": sorted(suppressed.phones),
    }
    write_record(storage, _location(profile), document)


def _location(profile: Profile) -> str:
    return f"{profile.privacy}/suppression.json"
