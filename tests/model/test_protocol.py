"""The publish protocol holds in every state of small worlds, and each of its guards is needed."""

from __future__ import annotations

import pytest

from tests.model.guards import ALL, GUARDS
from tests.model.needed import NEEDED, Needed
from tests.model.search import Search
from tests.model.worlds import WORLDS

LEAST_STATES = 100_000


def test_every_law_holds_in_every_state() -> None:
    found = {name: Search(world, ALL).run() for name, world in WORLDS.items()}
    assert {name: str(each) for name, each in found.items() if each.law} == {}
    assert sum(each.states for each in found.values()) >= LEAST_STATES


@pytest.mark.parametrize("needed", NEEDED, ids=str)
def test_without_a_guard_the_lake_breaks(needed: Needed) -> None:
    found = needed.search()
    assert found.law == needed.law, found
    assert found.trace


@pytest.mark.parametrize("needed", [each for each in NEEDED if len(each.guards) > 1], ids=str)
def test_where_two_guards_protect_one_is_enough(needed: Needed) -> None:
    for guard in needed.guards:
        found = Search(WORLDS[needed.world], ALL - {guard}).run()
        assert found.law is None, found


def test_every_guard_is_taken_away() -> None:
    assert {guard for each in NEEDED for guard in each.guards} == set(GUARDS)
