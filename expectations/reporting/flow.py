"""The row counts of a table's inputs and outputs: which facts of its suite they are, and their descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Part:
    """A part of the rows that came in.

    Attributes:
        words: what became of them.
        rows: how many.
        kept: whether they are in the table.
    """

    words: str
    rows: int
    kept: bool = False


@dataclass(frozen=True)
class Flow:
    """What came in, and what became of it.

    Attributes:
        source: what came in, in words.
        total: how many.
        parts: what became of them, those kept first.
    """

    source: str
    total: int
    parts: tuple[Part, ...]

    @property
    def unexplained(self) -> int:
        """Rows that no part explains; negative if more came out than went in."""
        return self.total - sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class _Rule:
    """How to compute a flow: from facts by their name, and rows of inputs by their identifier.

    Attributes:
        source: what came in, in words.
        total: numbers that together came in.
        kept: the number that is in the table.
        left_out: where others are, in words: the first number less the second, if there is one.
    """

    source: str
    total: tuple[str, ...]
    kept: str
    left_out: tuple[tuple[str, str | None, str], ...]


def _readings(unknown: str) -> _Rule:
    """The rule of readings, with where those are of which no customer record says whose they are."""
    return _Rule(
        source="readings landed",
        total=("landed",),
        kept="rows",
        left_out=(
            # Not to agree is something that a person does; whose record was refused may have agreed.
            ("landed_without_consent", None, "of people who did not agree"),
            (
                "landed_in_doubt",
                None,
                "of people whose consent is in doubt, as a record of theirs was refused",
            ),
            ("landed_of_unknown", None, unknown),
            ("landed_before_consent", None, "from before the person agreed"),
            ("landed_unattributable", None, "of devices that cannot be attributed to one person"),
            ("landed_without_motion", None, "of people without trusted accelerometer readings"),
            ("delivered_again", None, "delivered again"),
        ),
    )


# Facts are named as the suites name them; a test compares them.
RULES: dict[str, _Rule] = {
    "landing.delivered_file": _Rule(
        source="objects delivered",
        total=("landed", "quarantined"),
        kept="landed",
        left_out=(("quarantined", None, "in quarantine, with the reason"),),
    ),
    "trusted.customer_trusted": _Rule(
        source="customers known",
        total=("customers_known",),
        kept="rows",
        left_out=(
            ("customers_without_consent", None, "whose latest record does not agree"),
            ("customers_suspended", None, "whose consent is in doubt, as a record of theirs was refused"),
        ),
    ),
    "trusted.accelerometer_trusted": _readings("of people of whom no customer record is known"),
    "trusted.step_trainer_trusted": _readings("of devices that no customer record names"),
    "curated.customer_curated": _Rule(
        source="trusted customers",
        total=("trusted.customer_trusted",),
        kept="rows",
        left_out=(("trusted.customer_trusted", "expected", "without trusted readings"),),
    ),
}


def flow(table: str, facts: Mapping[str, int | None], inputs: Mapping[str, int | None]) -> Flow | None:
    """What became of the rows that came in; None if that was not counted.

    Args:
        table: its identifier.
        facts: what its suite counted.
        inputs: rows of the tables that it was made from, by identifier.
    """
    rule = RULES.get(table)
    if rule is None:
        return None
    numbers = {name: value for name, value in {**inputs, **facts}.items() if value is not None}
    if not {*rule.total, rule.kept} <= numbers.keys():
        return None
    left_out = [
        Part(words, numbers[name] - numbers.get(less or "", 0))
        for name, less, words in rule.left_out
        if name in numbers and (less is None or less in numbers)
    ]
    parts = (Part("here", numbers[rule.kept], kept=True), *(part for part in left_out if part.rows))
    return Flow(rule.source, sum(numbers[name] for name in rule.total), parts)
