"""Publishing: fast-forwards, one look and one commit each, and what follows where others published meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.actors import Move, Run, moved
from tests.model.lake import AUDIT, LANDING, LEDGER, MARK, TRUSTED, Snap

if TYPE_CHECKING:
    from tests.model.lake import Lake


def _names(run: Run) -> tuple[str, str, str]:
    """The table that it publishes, the branch, and whose rows these are, to say so."""
    table = run.pc.rpartition(" ")[2]
    of = run.of if table != TRUSTED else run.name
    return table, AUDIT + of, "its" if of == run.name else f"{of}'s"


def _next(run: Run, table: str) -> Run:
    """What comes after a table is published."""
    if table == LANDING:
        return run._replace(pc=f"forward {LEDGER}", loaded=())
    if table == TRUSTED:
        return run._replace(pc="done", loaded=())
    if run.of != run.name:
        return run._replace(pc="unmark", loaded=())
    return run._replace(pc="fail" if run.moved else f"forward {TRUSTED}", loaded=())


def _forward(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """Look whether the branch is there and follows what readers see."""
    name, branch, whose = _names(run)
    table = lake.table(name)
    if table.ref(branch) is None:
        return [Move(f"{run.name} finds {whose} {name} published", _next(run, name), lake)]
    if "moved" in guards and moved(table, branch):
        says = f"{run.name} finds that {name} moved"
        if name == TRUSTED:
            return [Move(says, run._replace(pc="fail"), lake)]
        return [Move(says, run._replace(pc=f"top {name}", moved=True), lake)]
    now = run._replace(pc=f"swap {name}", loaded=(table.main, table.ref(branch)))
    return [Move(f"{run.name} looks at {whose} {name} to publish it", now, lake)]


def _swap(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """Let readers see it, where both branches are what they were looked at; an answer may be lost."""
    name, branch, whose = _names(run)
    table, (main, head) = lake.table(name), run.loaded
    again = run._replace(pc=f"forward {name}", loaded=())
    if "swap" in guards and (table.main, table.ref(branch)) != (main, head):
        return [Move(f"{run.name} may not publish {whose} {name} now", again, lake)]
    gone = [branch] if "branch goes" in guards else []
    gone += [MARK + run.of] if name == LEDGER else []
    published = lake.with_table(name, table.without(*gone)._replace(main=head))
    says = f"{run.name} publishes {whose} {name}"
    return [
        Move(says, _next(run, name), published),
        Move(f"{says}, and hears that it did not", again, published, 1),
        Move(f"{says}, and does not hear of it", run._replace(pc="fail", loaded=()), published, 1),
    ]


def _top(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """Read what its rows are to follow now."""
    name, branch, whose = _names(run)
    table = lake.table(name)
    head = table.snap(table.ref(branch))
    if head is None:
        return [Move(f"{run.name} finds {whose} {name} published", run._replace(pc=f"forward {name}"), lake)]
    loaded = (head, table.main, table.files(table.main), table.rewritten)
    return [Move(f"{run.name} loads {name}", run._replace(pc=f"put {name}", loaded=loaded), lake)]


def _put(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """Let the branch's head, which only appends, follow what readers see."""
    name, branch, whose = _names(run)
    table, (head, main, files, rewritten) = lake.table(name), run.loaded
    after = run._replace(pc=f"forward {name}", loaded=())
    if table.ref(branch) != head.name or ("same history" in guards and table.rewritten != rewritten):
        return [Move(f"{run.name} may not put {whose} {name} on top", run._replace(pc="fail", loaded=()), lake)]
    snap = Snap(f"{head.name}+", main, files | head.added, head.added)
    lake = lake.with_table(name, table.with_snap(snap).with_ref(branch, snap.name))
    return [Move(f"{run.name} puts {whose} {name} on top of what readers see", after, lake)]


def _unmark(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    lake = lake.with_table(LEDGER, lake.ledger.without(MARK + run.of))
    return [Move(f"{run.name} has finished {run.of}'s ingest", run._replace(pc="finish", of="", moved=False), lake)]


STEPS = {
    **{f"forward {name}": _forward for name in (LANDING, LEDGER, TRUSTED)},
    **{f"swap {name}": _swap for name in (LANDING, LEDGER, TRUSTED)},
    **{f"top {name}": _top for name in (LANDING, LEDGER)},
    **{f"put {name}": _put for name in (LANDING, LEDGER)},
    "unmark": _unmark,
}


def recovered(lake: Lake, guards: frozenset[str], *, locked: bool) -> Lake:
    """What whoever opens a lake to erase or maintain finds, here in one step: ingests of the dead are finished.

    Under a lock, what else they left on branches is dropped.
    """
    run = Run("recovery", "finish")
    while lake.ledger.marks and run.pc == "finish":
        run = run._replace(pc=f"forward {LANDING}", of=lake.ledger.marks[0])
        while run.pc not in {"finish", "fail"}:
            _, run, lake, _ = STEPS[run.pc](run, lake, guards)[0]
    for name in (LANDING, LEDGER, TRUSTED) if locked else ():
        dead = [ref for ref, _ in lake.table(name).refs if ref.startswith(AUDIT)]
        lake = lake.with_table(name, lake.table(name).without(*dead))
    return lake
