"""Numbers and their nouns agree."""

from __future__ import annotations

from catalog.plural import counted


def test_only_one_is_singular() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 1_234)] == ["0 rows", "1 row", "2 rows", "1,234 rows"]
    assert counted(1, "person", "people") == "1 person"
    assert counted(2, "person", "people") == "2 people"
