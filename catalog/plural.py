"""Numbers with their nouns, for people: ``1 row``, ``1,234 rows``."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun, which is in the plural unless the number is 1.

    Args:
        number: how many.
        noun: in the singular.
        plural: where it is not the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
