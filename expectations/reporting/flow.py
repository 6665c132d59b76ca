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
    source: str
    total: tuple[str, ...]
    kept: str
    left_out: tuple[tuple[str, str], ...]


_READINGS = _Rule(
    source="readings landed",
    total=("landed",),
    kept="rows",
    left_out=(
        ("landed_without_consent", "of people who did not agree"),
        ("landed_before_consent", "from before the person agreed"),
        ("landed_unattributable", "of devices that cannot be attributed to one person"),
        ("delivered_again", "delivered again"),
    ),
)
# Facts are named as the suites name them; a test compares them.
RULES: dict[str, _Rule] = {
    "landing.delivered_file": _Rule(
        source="objects delivered",
        total=("landed", "quarantined"),
        kept="landed",
        left_out=(("quarantined", "in quarantine, with the reason"),),
    ),
    "trusted.customer_trusted": _Rule(
        source="customers known",
        total=("customers_known",),
        kept="rows",
        left_out=(("customers_without_consent", "whose latest record does not agree"),),
    ),
    "trusted.accelerometer_trusted": _READINGS,
    "trusted.step_trainer_trusted": _READINGS,
}


def flow(table: str, facts: Mapping[str, int | None]) -> Flow | None:
    """What became of the rows that came in, as far as the table's suite counted it; None where it did not."""
    rule = RULES.get(table)
    if rule is None:
        return None
    totals = [facts.get(name) for name in rule.total]
    kept = facts.get(rule.kept)
    known = [total for total in totals if total is not None]
    if kept is None or len(known) < len(totals):
        return None
    left_out = [Part(words, rows) for name, words in rule.left_out if (rows := facts.get(name))]
    return Flow(rule.source, sum(known), (Part("here", kept, kept=True), *left_out))
