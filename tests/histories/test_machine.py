"""Whatever one user does, and wherever commands die: the history that they leave has no anomaly."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.histories.checker import anomalies
from tests.histories.event import DONE
from tests.histories.user import User

pytestmark = pytest.mark.properties
MACHINES = int(os.environ.get("STEDI_MACHINES", "1"))
_SAME = "STEDI_MACHINES" not in os.environ
people = st.sampled_from(["ann", "ben", "cleo"])
# Most commands live; a run has about twenty effects, an erasure sixty.
deaths = st.one_of(st.none(), st.integers(1, 60))


class Machine(RuleBasedStateMachine):
    """A lake and its user, who begins with a delivery that is published."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.user = User("user", Path(mkdtemp(dir=self.folder)))
        self.rows, self.tags = 0, list[str]()
        self.checked, self.named = 0, 0
        self.erasing: str | None = None

    @initialize(who=st.lists(people, min_size=2, max_size=4))
    def begin(self, who: list[str]) -> None:
        self._deliver(who)
        assert self.user.run() == DONE

    def _deliver(self, who: list[str]) -> None:
        rows = {self.rows + number: person for number, person in enumerate(who, 1)}
        self.rows += len(rows)
        self.user.deliver(f"d{self.rows}x", rows)

    @rule(who=st.lists(people, min_size=1, max_size=4), dies_at=deaths)
    def deliver_and_run(self, who: list[str], dies_at: int | None) -> None:
        self._deliver(who)
        self.user.dies_at = dies_at
        self.user.run()

    @rule()
    def run(self) -> None:
        self.user.run()

    @precondition(lambda self: self.erasing is None)
    @rule(person=people, waiting=people, dies_at=deaths)
    def erase(self, person: str, waiting: str, dies_at: int | None) -> None:
        """A delivery of theirs, and of somebody else, waits to be ingested."""
        self._deliver([person, waiting])
        self.user.dies_at = dies_at
        self.erasing = person if self.user.erase(person) else None

    @precondition(lambda self: self.erasing is not None)
    @rule()
    def resume(self) -> None:
        # One that died before it was durable was never begun.
        self.user.resume(self.erasing or "")
        self.erasing = None

    @rule(dies_at=deaths)
    def maintain(self, dies_at: int | None) -> None:
        self.user.dies_at = dies_at
        self.user.maintain()

    @precondition(lambda self: len(self.tags) < 2)
    @rule(dies_at=st.one_of(st.none(), st.integers(1, 20)))
    def tag(self, dies_at: int | None) -> None:
        """Half a tag keeps its name from being used again."""
        self.named += 1
        name, self.user.dies_at = f"t{self.named}", dies_at
        if self.user.tag(name) == DONE:
            self.tags.append(name)

    @invariant()
    def nothing_is_wrong(self) -> None:
        """Read now, and at every tag; nothing is read twice where nothing was done."""
        if len(self.user.events) > self.checked:
            for moment in ("", *self.tags):
                self.user.query(moment)
            self.checked = len(self.user.events)
            assert anomalies(self.user.events) == []

    def teardown(self) -> None:
        """All ends well: what was begun is finished, and the next run has everything."""
        if self.erasing is not None:
            self.user.resume(self.erasing)
        assert self.user.run() == DONE
        for moment in ("", *self.tags):
            assert self.user.query(moment) == DONE
        assert anomalies(self.user.events) == []


def test_no_history_of_commands_and_deaths_has_an_anomaly(tmp_path: Path) -> None:
    Machine.folder = tmp_path
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=MACHINES,
            stateful_step_count=4 if _SAME else 10,
            deadline=None,
            database=None,
            derandomize=_SAME,
            print_blob=False,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
