"""An audit: published tables are judged by their suites, whole, without running jobs and without publishing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.commit.marks import NOW
from catalog.errors import DataRefusedError, UsageError
from catalog.history.time_travel import open_table, publications, resolve, snapshots_at
from catalog.specs import TABLES, table
from catalog.training.dataset import TRAINING
from jobs.run.pipeline import RunResult
from jobs.run.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.profiles.profile import Profile
    from expectations.validation.validate import Verdict
    from jobs.run.context import RunContext


@dataclass(frozen=True)
class Audit:
    """What to judge.

    Attributes:
        tables: identifiers, in the order of the specs.
        snapshots: the snapshot of every table that had one at the moment, by identifier.
    """

    tables: tuple[str, ...]
    snapshots: dict[str, int]


def audit_of(profile: Profile, tables: Sequence[str], moment: str = NOW) -> Audit:
    """What to judge of a lake at a moment.

    Args:
        profile: the lake.
        tables: identifiers; none for all. A snapshot id stands for the one table that published it.
        moment: ``main`` for now, a tag, a UTC time, or a snapshot id: the other tables are as they were when that was
            published.

    Raises:
        UsageError: no such table, or one had nothing published then.
    """
    for name in tables:
        table(name)
    if moment.isdecimal() and (owners := _published_as(profile, int(moment))):
        return _as_of_snapshot(profile, tables, int(moment), owners)
    chosen = tuple(name for name in TABLES if not tables or name in tables)
    snapshots = snapshots_at(profile, moment)
    for name in chosen:
        if name not in snapshots and (tables or not snapshots):
            resolve(open_table(profile, table(name)), table(name), moment)  # says why there is none
    return Audit(tuple(name for name in chosen if name in snapshots), snapshots)


def _published_as(profile: Profile, snapshot: int) -> dict[str, int]:
    """The tables that published this snapshot, and when (epoch ms)."""
    found: dict[str, int] = {}
    for name, spec in TABLES.items():
        opened = open_table(profile, spec)
        if opened.current_snapshot() is not None:
            moments = {each.snapshot_id: each.published_ms for each in publications(opened)}
            found |= {name: moments[snapshot]} if snapshot in moments else {}
    return found


def _as_of_snapshot(profile: Profile, tables: Sequence[str], snapshot: int, owners: dict[str, int]) -> Audit:
    chosen = tuple(name for name in owners if not tables or name in tables)
    if not chosen or set(tables) - set(chosen):
        raise UsageError(
            f"snapshot {snapshot} is of {', '.join(owners)}: name no other table, or give a time or tag as the moment"
        )
    then = datetime.fromtimestamp(max(owners.values()) / 1000, UTC)
    return Audit(chosen, snapshots_at(profile, then) | dict.fromkeys(chosen, snapshot))


def revalidate(context: RunContext, audit: Audit) -> RunResult:
    """Judge published tables; nothing is published.

    Where the run has no pseudonym key, the names in the training table are not judged, and the verdict says so.

    Returns:
        The verdicts; refused where a suite does not pass what readers see, or saw. All tables are judged before.
    """
    snapshots = Snapshots({name: audit.snapshots.get(name) for name in TABLES})
    verdicts = []
    for name in audit.tables:
        with context.progress.stage(f"validate {name}") as notes:
            verdicts.append(_verdict(context, name, snapshots))
            notes.append(_describe(verdicts[-1]))
    reasons = [
        verdict.told(f"{verdict.table} failed its suite at snapshot {verdict.snapshot_id}; nothing was changed")
        for verdict in verdicts
        if not verdict.success
    ]
    return RunResult((), verdicts, snapshots, refusal=DataRefusedError("\n".join(reasons)) if reasons else None)


def _describe(verdict: Verdict) -> str:
    failed = sum(not result.success for result in verdict.results)
    if not failed:
        return "every expectation passed"
    warned = failed - sum(result.refuses for result in verdict.results)
    return f"{failed} of {len(verdict.results)} expectations failed" + (
        f", {warned} of them warnings" if warned else ""
    )


def _verdict(context: RunContext, name: str, snapshots: Snapshots) -> Verdict:
    from expectations.increment.names import NAME_CHECKS
    from expectations.increment.scope import scope_of
    from expectations.suites import SUITES

    suite, scope = SUITES[name], None
    left_out = tuple(check.name for check in suite.checks if check.at_ingest)
    if name == TRAINING.identifier and context.pseudonym_key:
        scope = scope_of(context.validator.reader, name, snapshots, None, context.pseudonym_key)
    elif name == TRAINING.identifier:
        left_out += tuple(check.name for check in NAME_CHECKS)
    return replace(context.validator.verdict(suite.of_published(), snapshots, scope), left_out=left_out)
