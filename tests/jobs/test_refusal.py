"""A job that breaks a promise: its suite refuses the candidate, and readers see what they saw before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog.commit.publish import Changes, audit_branch, write_candidate
from catalog.errors import DataRefusedError
from catalog.specs import table
from jobs.customer_landing_to_trusted import JOB
from jobs.lineage import job_for
from jobs.run.pipeline import make_table
from jobs.run.plan import Policy
from jobs.run.publish import PublicationQueue
from jobs.run.record import record_verdicts
from jobs.run.snapshots import Snapshots, published_snapshots
from tests.jobs.test_transforms import customers
from tests.lake import begun, content, current, emptied, make_and_publish, seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.lake import Lake

TRUSTED, READINGS = table("trusted.customer_trusted"), table("trusted.accelerometer_trusted")


def everybody(customer_landing: str, quarantine: str) -> str:
    """The consent filter dropped."""
    del quarantine
    return f"SELECT * FROM {customer_landing}"


BROKEN = replace(JOB, transform=everybody)


@pytest.fixture(scope="module", autouse=True)
def _seeded(lake: Lake) -> Iterator[None]:
    """One customer agreed, and one did not; the table of those who did is made."""
    emptied(lake)
    given = customers(("a@x.test", "s", 1_655_564_444_000, 1_655_564_444_000), ("n@x.test", "t", 1, None))
    seed(lake, table("landing.customer_landing"), given)
    with begun(lake) as context:
        make_and_publish(context, JOB)
    yield
    emptied(lake)


def _refs(lake: Lake, name: str) -> set[str]:
    return set(lake.table(table(name)).metadata.refs)


def test_a_refused_candidate_is_not_published_and_is_kept_for_inspection(lake: Lake) -> None:
    before = current(lake, TRUSTED)
    with begun(lake) as context:
        queue = PublicationQueue(context)
        with pytest.raises(DataRefusedError) as refusal, queue.publish_or_discard():
            make_table(context, queue, BROKEN, published_snapshots(lake))
        branch = audit_branch(context.run_id)
    message = str(refusal.value)
    assert "trusted.customer_trusted refused" in message
    assert "everyone_agreed" in message
    assert "SELECT t.* FROM" in message
    assert branch in message
    assert "n@x.test" not in message

    assert current(lake, TRUSTED) == before
    head = lake.table(TRUSTED).metadata.refs[branch].snapshot_id
    assert {row["email"] for row in content(lake, TRUSTED, head)} == {"a@x.test", "n@x.test"}
    assert [result.outcome for result in queue.results] == ["refused"]

    record_verdicts(lake, context.run_id, queue.verdicts)
    verdicts = content(lake, table("quality.validation_result"))
    failed = {row["expectation"] for row in verdicts if row["runId"] == context.run_id and not row["success"]}
    assert "everyone_agreed" in failed


def test_what_was_made_from_a_refused_candidate_is_dropped(lake: Lake) -> None:
    before, readings_before = current(lake, TRUSTED), current(lake, READINGS)
    with begun(lake) as context:
        queue = PublicationQueue(context)

        def make_both() -> None:
            with queue.publish_or_discard():
                after = make_table(context, queue, BROKEN, published_snapshots(lake))
                assert after.of(TRUSTED) != before
                make_table(context, queue, job_for(READINGS.identifier), after)

        with pytest.raises(DataRefusedError, match=r"trusted\.customer_trusted refused"):
            make_both()
        branch = audit_branch(context.run_id)
    assert branch in _refs(lake, TRUSTED.identifier)
    assert branch not in _refs(lake, READINGS.identifier)
    assert current(lake, TRUSTED) == before
    assert current(lake, READINGS) == readings_before


def test_a_job_that_fails_does_not_hold_back_the_tables_before_it(lake: Lake) -> None:
    before = current(lake, TRUSTED)
    with begun(lake, Policy(frozenset({TRUSTED.identifier}))) as context:
        queue, after = PublicationQueue(context), list[Snapshots]()

        def fail_at_the_second() -> None:
            with queue.publish_or_discard():
                after.append(make_table(context, queue, JOB, published_snapshots(lake)))
                raise ValueError("no such column")

        with pytest.raises(ValueError, match="no such column"):
            fail_at_the_second()
    assert current(lake, TRUSTED) not in {None, before}
    assert current(lake, TRUSTED) == after[0].of(TRUSTED)
    assert [result.outcome for result in queue.results] == ["published"]


def test_a_job_that_dies_leaves_nothing_behind(lake: Lake) -> None:
    before = current(lake, TRUSTED)
    with begun(lake) as context:

        def die() -> None:
            with PublicationQueue(context).publish_or_discard():
                write_candidate(lake, TRUSTED, before, Changes(), context.run_id, {})
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            die()
    assert audit_branch(context.run_id) not in _refs(lake, TRUSTED.identifier)
    assert current(lake, TRUSTED) == before
