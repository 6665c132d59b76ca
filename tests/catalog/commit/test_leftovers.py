"""What runs that died left on audit branches goes; what a suite refused stays for inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyiceberg.transforms import IdentityTransform

from catalog.commit.leftovers import drop_leftovers
from catalog.commit.marks import INGEST_MARK
from catalog.commit.publish import audit_branch, complete_interrupted
from catalog.errors import UsageError
from catalog.specs import table
from tests.lake import content, emptied, seed, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.lake import Lake

CUSTOMERS, VERDICTS = table("curated.customer_curated"), table("quality.validation_result")
ROWS = [{"email": "n@example.test", "person": "n@example.test"}]


@pytest.fixture(autouse=True)
def _empty(lake: Lake) -> Iterator[None]:
    emptied(lake)
    yield
    emptied(lake)


def _refs(lake: Lake) -> set[str]:
    return set(lake.table(CUSTOMERS).metadata.refs)


def test_a_dead_run_leaves_nothing_and_a_refused_one_what_was_refused(lake: Lake) -> None:
    for run_id in ("dead", "refused"):
        written(lake, CUSTOMERS, ROWS, run_id=run_id)
    seed(lake, VERDICTS, [{"runId": run, "success": run == "dead"} for run in ("dead", "refused")])
    assert drop_leftovers(lake) == ["dead"]
    assert _refs(lake) == {audit_branch("refused")}
    assert drop_leftovers(lake) == []


def test_before_the_first_verdict_nothing_was_refused(lake: Lake) -> None:
    written(lake, CUSTOMERS, ROWS, run_id="dead")
    assert drop_leftovers(lake) == ["dead"]
    assert _refs(lake) == set()


def test_a_mark_whose_branch_is_gone_is_removed(lake: Lake) -> None:
    snapshot = seed(lake, CUSTOMERS, ROWS)
    lake.table(CUSTOMERS).manage_snapshots().create_tag(snapshot, INGEST_MARK + "x").commit()
    assert complete_interrupted(lake, [CUSTOMERS]) == ["x"]
    assert _refs(lake) == {"main"}


def test_a_table_that_others_partitioned_is_refused(lake: Lake) -> None:
    with lake.table(CUSTOMERS).update_spec() as change:
        change.add_field("email", IdentityTransform(), "who")
    with pytest.raises(UsageError, match="another writer partitioned"):
        written(lake, CUSTOMERS, ROWS)
    assert content(lake, CUSTOMERS) == []
