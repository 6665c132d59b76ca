"""Train, validation and test: a person is in one of them, and stays there however many people are added."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from catalog.errors import UsageError

_SPACE = 1 << 64
_PARTS = 3


@dataclass(frozen=True)
class Shares:
    """How people are shared out.

    Attributes:
        train: share of people to train on.
        validation: share to choose a model by.
        test: share to judge it by.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1

    def part(self, pseudonym: str) -> str:
        """The part that the person is in: train, validation or test. It depends on the pseudonym and shares alone."""
        digest = hashlib.sha256(b"stedi split " + pseudonym.encode()).digest()
        # Of a hash that is uniform, in whole numbers: no rounding moves anybody over an edge.
        place = int.from_bytes(digest[:8])
        if place < round(self.train * _SPACE):
            return "train"
        return "validation" if place < round((self.train + self.validation) * _SPACE) else "test"

    def __str__(self) -> str:
        return "/".join(f"{100 * share:g}" for share in (self.train, self.validation, self.test))


PARTS = ("train", "validation", "test")


def parse_shares(text: str) -> Shares:
    """Shares written as ``80/10/10``: train, validation and test, in any unit.

    Raises:
        UsageError: they are not three numbers, of which none is negative and the first is not 0.
    """
    try:
        train, validation, test = (float(number) for number in text.split("/"))
    except ValueError:
        train = validation = test = -1.0
    total = train + validation + test
    # Written so that NaN and infinity, which compare as false, are refused.
    if not (train > 0 and validation >= 0 and test >= 0 and total < float("inf")):
        raise UsageError(f"shares are {_PARTS} numbers such as 80/10/10 (train/validation/test), not {text!r}")
    return Shares(train / total, validation / total, test / total)
