"""``python -m tests.model``: for each guard, the shortest way on which the lake breaks without it."""

from __future__ import annotations

from tests.model.guards import ALL, GUARDS
from tests.model.needed import NEEDED
from tests.model.search import Search
from tests.model.worlds import WORLDS

for name, world in WORLDS.items():
    print(f"{name}: {Search(world, ALL).run()}")
for each in NEEDED:
    print(f"\nwithout {each}, {each.world} ({'; '.join(GUARDS[guard] for guard in each.guards)}):\n{each.search()}")
