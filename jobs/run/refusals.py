"""How much of a delivery may be refused, and what was: for people. The suites count for themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from catalog.profiles.settings import Settings

_FEW = 5
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0", "")


@dataclass(frozen=True)
class Tolerance:
    """What of a delivery may be refused without holding back the rest.

    Attributes:
        share: of the records of a source, at most.
        least: a source with fewer records is not judged by its share.
        strict: no customer record at all whose person cannot be recognised.
        accepted: somebody has looked at what was refused, and lets the rest through whatever the share.
    """

    share: Decimal = Decimal("0.05")
    least: int = 20
    strict: bool = False
    accepted: bool = False

    def table(self) -> pa.Table:
        """The same for suites: one row of share, least and strict."""
        import pyarrow as pa

        types: dict[str, pa.DataType] = {"share": pa.decimal128(9, 6), "least": pa.int64(), "strict": pa.bool_()}
        share = Decimal(1) if self.accepted else self.share
        return pa.Table.from_pylist([{"share": share, "least": self.least, "strict": self.strict}], pa.schema(types))


def tolerance_of(settings: Settings, *, strict: bool = False, accepted: bool = False) -> Tolerance:
    """The tolerance that the settings name; ``strict`` and ``accepted`` where the command line asks for them.

    Raises:
        UsageError: a setting is neither true nor false, or no share.
    """
    share = Tolerance.share
    if settings.refused_share:
        try:
            share = Decimal(settings.refused_share)
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or not 0 <= share <= 1:
            raise UsageError(
                f"the setting refused_share is {settings.refused_share!r}; it must be a number from 0 to 1"
            )
        share = round(share, 6)
    return Tolerance(
        share,
        strict=strict or _is_true("strict", settings.strict),
        accepted=accepted or _is_true("accept_refused", settings.accept_refused),
    )


def _is_true(name: str, value: str) -> bool:
    if value.lower() not in (*_YES, *_NO):
        raise UsageError(f"the setting {name} is {value!r}; it must be true or false")
    return value.lower() in _YES


@dataclass(frozen=True)
class Refusals:
    """Records of one source that a run refused.

    Attributes:
        source: customer, accelerometer or step_trainer.
        delivered: records that it delivered, refused ones included.
        reasons: how many were refused for which reason, most first.
        unrecognised: refused records of customers of whom it is not certain who they are.
    """

    source: str
    delivered: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    unrecognised: int = 0

    @property
    def refused(self) -> int:
        """How many records were refused."""
        return sum(self.reasons.values())

    def __str__(self) -> str:
        """How many of how many, and the commonest reasons."""
        reasons = [f"{reason} {count:,}" for reason, count in list(self.reasons.items())[:_FEW]]
        if len(self.reasons) > _FEW:
            reasons.append("…")
        return f"{self.refused:,} of {self.delivered:,} {self.source} records refused ({', '.join(reasons)})"


def refusals(
    landed: Mapping[str, int], quarantined: Iterable[tuple[str, str, int, int]], sources: Sequence[str]
) -> list[Refusals]:
    """What was refused of each source that anything was refused of.

    Args:
        landed: records that were accepted, by source.
        quarantined: source, reason, records, and how many of these are of customers who are not recognised for certain.
        sources: all of them, in their order.
    """
    rows = sorted(quarantined, key=lambda row: (-row[2], row[1]))
    found = []
    for source in sources:
        reasons = {reason: count for name, reason, count, _ in rows if name == source}
        if reasons:
            unrecognised = sum(unknown for name, *_, unknown in rows if name == source)
            found.append(Refusals(source, landed.get(source, 0) + sum(reasons.values()), reasons, unrecognised))
    return found


def unrecognised_warning(found: Iterable[Refusals]) -> list[str]:
    """The warning of refused customer records that may be anybody's withdrawal; none where there are none."""
    count = sum(each.unrecognised for each in found)
    if not count:
        return []
    records = "record" if count == 1 else "records"
    warning = (
        f"{count:,} refused customer {records} without a recognised person: a withdrawal may be among "
        "them, and only the people they mention are suspended. See landing.quarantine, rows where isRecognised is "
        "not true; --strict refuses such deliveries"
    )
    return [warning]


def advice(found: Sequence[Refusals]) -> str:
    """What to do about a delivery of which too much was refused."""
    lines = [f"  {each}" for each in found]
    lines.append(
        "  nothing of the delivery is published. Have it delivered again correctly, or publish the accepted records "
        "with the same command and --accept-refused"
    )
    return "\n".join(lines)
