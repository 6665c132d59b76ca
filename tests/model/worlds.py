"""Who is at work with whom: worlds that are small enough to look at every state of them."""

from __future__ import annotations

from tests.model import people, run
from tests.model.actors import Run
from tests.model.erase import erase
from tests.model.lake import first_lake, lake_behind
from tests.model.people import Person
from tests.model.search import Actor, World

NEW = ("two", ("a2", "b2"))


def _run(name: str) -> Actor:
    return Actor(Run(name), run.steps)


ONE, TWO = _run("run 1"), _run("run 2")
ERASE = Actor(Person("erasure"), erase, again=True)
MAINTAIN = Actor(Person("maintenance"), people.maintain)
TAG, TAG_OLD = Actor(Person("tag"), people.tag), Actor(Person("old tag"), people.tag_old)
DELIVER = Actor(Person("deliverer"), people.deliver)
QUERY = Actor(Person("reader"), people.query)

WORLDS = {
    "a local lake": World(first_lake(NEW), (ONE, TWO, ERASE, MAINTAIN, TAG, QUERY), locked=True, faults=1),
    "runs on a local lake": World(first_lake(NEW), (ONE, TWO, TAG, QUERY), locked=True, faults=1),
    "two runs": World(first_lake(NEW), (ONE, TWO), locked=False, faults=2),
    "two runs after one that died": World(lake_behind(), (ONE, TWO, DELIVER), locked=False, faults=1),
    "a run and an erasure": World(first_lake(NEW), (ONE, ERASE, DELIVER), locked=False, faults=1),
    "a run and maintenance": World(first_lake(NEW), (ONE, MAINTAIN, TAG_OLD), locked=False, faults=1),
    "maintenance and an erasure": World(first_lake(), (MAINTAIN, ERASE), locked=False, faults=1),
}
