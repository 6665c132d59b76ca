"""Options of a simulation: one for each known property of delivered data."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from catalog.errors import UsageError


class Layout(StrEnum):
    """Layout of the objects in a file."""

    LINES = "lines"
    JOINED = "joined"
    TRAILING_COMMAS = "trailing-commas"
    ARRAY = "array"
    OBJECT = "object"
    MIXED = "mixed"


def _switch(text: str, least: float | None = None, most: float | None = None) -> dict[str, str | float | None]:
    return {"help": text, "least": least, "most": most}


def _share(text: str) -> dict[str, str | float | None]:
    return _switch(text, 0, 1)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Options of a simulation; the default is clean JSON Lines data with changes of consent and redelivered records.

    ``metadata["help"]`` of each field is its help on the command line. A share is a number from 0 to 1.

    Raises:
        UsageError: an option is out of its range.
    """

    customers: int = field(default=1_000, metadata=_switch("Number of customers, each with one device.", 1))
    seed: int = field(default=0, metadata=_switch("The same seed and options write the same bytes."))
    instants: int = field(
        default=30, metadata=_switch("Number of instants at which each customer has readings.", 1, 100_000)
    )
    days: int = field(
        default=30, metadata=_switch("Days, from 2024-01-01 UTC on, over which customers become active.", 1, 700)
    )
    readings_per_instant: int = field(
        default=6, metadata=_switch("Maximum accelerometer readings for one (user, timestamp); usually 3.", 1, 6)
    )
    shared_milliseconds: float = field(
        default=0.1,
        metadata=_share("Share of the groups of 5 customers whose devices share milliseconds, 2 to 5 at a time."),
    )
    consent: float = field(
        default=0.5, metadata=_share("Share of customers whose first record agrees to share with research.")
    )
    consent_midway: float = field(
        default=0.3, metadata=_share("Share of those whose consent begins in the middle of their readings.")
    )
    later_consent: float = field(
        default=0.05, metadata=_share("Share of the other customers who agree in a second record, in a later file.")
    )
    withdrawal: float = field(
        default=0.05, metadata=_share("Share of those who agreed and withdraw in a second record, in a later file.")
    )
    late: float = field(default=0.02, metadata=_share("Share of readings delivered in a later file."))
    redelivered: float = field(
        default=0.01, metadata=_share("Share of punctual records delivered again, unchanged, in a later file.")
    )
    redelivered_files: int = field(
        default=1, metadata=_switch("Files of each source delivered again, unchanged, under another name.", 0)
    )
    malformed: float = field(
        default=0, metadata=_share("Broken objects per good record, in addition to them; every known kind in turn.")
    )
    variations: float = field(
        default=0,
        metadata=_share("Share of records written unusually but validly: 1.0 or '1' for 1, null consent, new fields."),
    )
    empty_files: int = field(default=0, metadata=_switch("Number of empty files of each source.", 0))
    layout: Layout = field(
        default=Layout.LINES,
        metadata=_switch("How a file's objects are laid out; mixed uses every layout in turn, file by file."),
    )
    records_per_file: int = field(default=10_000, metadata=_switch("Records per file.", 1))
    gzip: bool = field(default=False, metadata=_switch("Compress the files, as .json.gz."))

    def __post_init__(self) -> None:
        for switch in fields(self):
            if (least := switch.metadata["least"]) is not None:
                _check(switch.name, getattr(self, switch.name), least, switch.metadata["most"])


def _check(name: str, value: float, least: float, most: float | None) -> None:
    # Written so that NaN, which compares as false, is refused.
    if not (value >= least and (most is None or value <= most)):
        bounds = f"at least {least:,}" if most is None else f"between {least:,} and {most:,}"
        raise UsageError(f"{name} must be {bounds}, not {value}")
