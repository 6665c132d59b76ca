"""Where a table's rows came from and where they went: which facts of its suite say so, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Part:
    """Some of the rows that came in.

    Attributes:
        words: where they went.
        rows: how many.
        kept: they are in the table.
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
        """Rows that the parts do not account for; negative: more came out than went in."""
        return self.total - sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class _Rule:
    """How to tell it from numbers: facts by their name, rows of an input by its identifier.

    Attributes:
        source: what came in, in words.
        total: numbers that together came in.
        kept: the number that is in the table.
        left_out: where others are, in words: the first number less the second, if there is one.
        apart: numbers that are part of another one's, if they were counted: which, of which, and where they are.
    """

    source: str
    total: tuple[str, ...]
    kept: str
    left_out: tuple[tuple[str, str | None, str], ...]
    apart: tuple[tuple[str, str, str], ...] = ()


_READINGS = _Rule(
    source="readings landed",
    total=("landed",),
    kept="rows",
    left_out=(
        ("landed_without_consent", None, "of people who did not agree"),
        ("landed_before_consent", None, "from before the person agreed"),
        ("landed_unattributable", None, "of devices that cannot be attributed to one person"),
        ("delivered_again", None, "delivered again"),
    ),
    # Not to agree is something that a person does; here nobody knows whether they did.
    apart=(("landed_of_refused_customers", "landed_without_consent", "of people whose customer record was refused"),),
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
        left_out=(("customers_without_consent", None, "whose latest record does not agree"),),
    ),
    "trusted.accelerometer_trusted": _READINGS,
    "trusted.step_trainer_trusted": _READINGS,
    "curated.customer_curated": _Rule(
        source="trusted customers",
        total=("trusted.customer_trusted",),
        kept="rows",
        left_out=(("trusted.customer_trusted", "expected", "without trusted readings"),),
    ),
}


def flow(table: str, facts: Mapping[str, int | None], inputs: Mapping[str, int | None]) -> Flow | None:
    """What became of the rows that came in, as far as it was counted; None where it was not.

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
    apart = [(name, of, words) for name, of, words in rule.apart if name in numbers and of in numbers]
    for name, of, _ in apart:
        numbers[of] -= numbers[name]
    left_out = [
        Part(words, numbers[name] - numbers.get(less or "", 0))
        for name, less, words in rule.left_out
        if name in numbers and (less is None or less in numbers)
    ]
    left_out += [Part(words, numbers[name]) for name, _, words in apart]
    parts = (Part("here", numbers[rule.kept], kept=True), *(part for part in left_out if part.rows))
    return Flow(rule.source, sum(numbers[name] for name in rule.total), parts)
