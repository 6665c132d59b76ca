"""The deadlines of withdrawals: which are open, since rows are stored that nobody may read, and which were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.history.withdrawn import SHARED
from catalog.plural import counted
from catalog.profiles.glue import GlueProfile
from catalog.profiles.settings import load_settings
from catalog.read.snapshot_reader import SnapshotReader
from jobs.withdrawal.consents import Consents
from jobs.withdrawal.erasures import recorded_erasures
from jobs.withdrawal.held import find_held

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile
    from jobs.withdrawal.erasures import Erasures
    from jobs.withdrawal.held import HeldRows


@dataclass(frozen=True)
class Chain:
    """How long withdrawn rows can stay stored where maintenance does nothing but let snapshots expire.

    Attributes:
        deadline: days within which they must be gone.
        retention: days for which snapshots are kept, of the tables of people's rows the longest.
        maintenance: days from one maintenance to the next.
        noncurrent: days for which buckets keep what was deleted; None: nobody said.
    """

    deadline: int
    retention: int
    maintenance: int
    noncurrent: int | None

    @property
    def days(self) -> int:
        """All of them, one after the other."""
        return self.retention + self.maintenance + (self.noncurrent or 0)

    @property
    def warnings(self) -> list[str]:
        """Why the deadline may be missed though everything works."""
        if self.noncurrent is None:
            return ["nobody said for how long the buckets keep what was deleted; set STEDI_NONCURRENT_DAYS"]
        if self.days <= self.deadline:
            return []
        links = (
            f"{counted(self.retention, 'day')} of snapshots, {counted(self.maintenance, 'day')} until maintenance and "
            f"{counted(self.noncurrent, 'day')} of deleted objects"
        )
        return [f"{links} are more than the {counted(self.deadline, 'day')} that a withdrawal may take"]


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawal whose rows are still stored.

    Attributes:
        pseudonym: the person's.
        reason: withdrawn, suspended, begins later, or never agreed.
        arrived: when the record arrived, UTC.
        deadline: until when its rows must be gone, UTC.
        held: where they are.
    """

    pseudonym: str
    reason: str
    arrived: datetime
    deadline: datetime
    held: tuple[HeldRows, ...]


@dataclass(frozen=True)
class Deadlines:
    """What is open.

    Attributes:
        at: as of when, UTC.
        chain: how long rows can stay.
        open: withdrawals, oldest first.
        unattributed: rows of nobody who is known in landing: whether they have a deadline cannot be told.
        erasures: what is recorded of erasures.
    """

    at: datetime
    chain: Chain
    open: tuple[Withdrawal, ...]
    unattributed: tuple[HeldRows, ...]
    erasures: Erasures

    @property
    def overdue_erasures(self) -> list[str]:
        """Erasures that began longer ago than the deadline allows, and are not finished."""
        latest = self.at - timedelta(days=self.chain.deadline)
        return [erasure for erasure, began in self.erasures.unfinished.items() if began < latest]

    @property
    def missed(self) -> list[Withdrawal]:
        """Withdrawals whose deadline is over."""
        return [each for each in self.open if each.deadline < self.at]

    @property
    def success(self) -> bool:
        """Whether no deadline is missed, and none can have been missed unseen."""
        return not (self.missed or self.overdue_erasures or self.unattributed)


def find_deadlines(profile: Profile, key: bytes, at: datetime | None = None) -> Deadlines:
    """The open deadlines of a lake.

    Args:
        profile: the lake.
        key: of the pseudonyms: without it nobody can tell whose rows the training table holds.
        at: as of when, UTC; None: now.

    Raises:
        UsageError: there is no lake, or a setting is no number of days.
        OSError: a manifest cannot be read.
    """
    with SnapshotReader(profile) as reader:
        return deadlines_by(profile, reader, Consents(profile, reader, key), at)


def deadlines_by(profile: Profile, reader: SnapshotReader, consents: Consents, at: datetime | None = None) -> Deadlines:
    """As ``find_deadlines``, with a reader and the consents that it knows."""
    chain = chain_of(profile)
    held = list(find_held(profile, reader, consents))
    known = [(each.arrived, each.pseudonym, each) for each in held if each.arrived and each.pseudonym]
    return Deadlines(
        at or datetime.now(UTC),
        chain,
        tuple(
            Withdrawal(name, group[0].reason, arrived, arrived + timedelta(days=chain.deadline), group)
            for (arrived, name), rows in groupby(sorted(known, key=lambda one: one[:2]), key=lambda one: one[:2])
            if (group := tuple(each for _, _, each in rows))
        ),
        tuple(each for each in held if each.pseudonym is None),
        recorded_erasures(profile),
    )


def chain_of(profile: Profile) -> Chain:
    """The settings that a deadline depends on.

    Raises:
        UsageError: one is no number of days.
    """
    # A Glue job is told by its arguments, all others by the environment.
    settings = profile.settings if isinstance(profile, GlueProfile) and profile.hosted else load_settings()
    kept = settings.noncurrent_days or ("" if profile.name == "aws" else "0")
    return Chain(
        _days("withdrawal_days", settings.withdrawal_days or "30"),
        max(spec.retention_days for spec, _ in SHARED.values()),
        _days("maintenance_days", settings.maintenance_days or "1"),
        _days("noncurrent_days", kept, least=0) if kept else None,
    )


def _days(name: str, value: str, least: int = 1) -> int:
    if not value.isdecimal() or int(value) < least:
        raise UsageError(f"STEDI_{name.upper()} is a number of days, at least {least}, and not {value!r}")
    return int(value)


def document(found: Deadlines) -> dict[str, Any]:
    """The deadlines for programs; people by their pseudonyms alone."""
    return {
        "at": found.at.isoformat(timespec="seconds"),
        "success": found.success,
        "deadlineDays": found.chain.deadline,
        "open": [
            {
                "person": each.pseudonym,
                "reason": each.reason,
                "arrived": each.arrived.isoformat(timespec="seconds"),
                "deadline": each.deadline.isoformat(timespec="seconds"),
                "daysLeft": days_left(each, found.at),
                "missed": each.deadline < found.at,
                "held": list(map(_where, each.held)),
            }
            for each in found.open
        ],
        "unattributed": list(map(_where, found.unattributed)),
        "chain": {
            "retentionDays": found.chain.retention,
            "maintenanceDays": found.chain.maintenance,
            "noncurrentDays": found.chain.noncurrent,
            "days": found.chain.days,
        },
        "warnings": found.chain.warnings,
        "erasures": {
            "unfinished": {
                name: began.isoformat(timespec="seconds") for name, began in found.erasures.unfinished.items()
            },
            "overdue": found.overdue_erasures,
            "certificates": list(found.erasures.certificates),
        },
    }


def days_left(withdrawal: Withdrawal, at: datetime) -> int:
    """Whole days until the deadline; negative when it is over."""
    return (withdrawal.deadline - at) // timedelta(days=1)


def _where(held: HeldRows) -> dict[str, Any]:
    return {
        "table": held.table,
        "rows": held.rows,
        "files": held.files,
        "snapshots": held.snapshots,
        "refs": list(held.refs),
    }
