"""A run, one look or act at a time: it finishes what others left, ingests, makes trusted from landing, publishes.

Left out: what suites judge (a candidate is taken to pass), refused records, and rows that are deleted by position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model import forward
from tests.model.actors import END, Move, Run, moved
from tests.model.lake import AUDIT, LANDING, LEDGER, MARK, TRUSTED, Snap, others

if TYPE_CHECKING:
    from tests.model.lake import Lake, Table


def steps(run: Run, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """What the run can do next."""
    if run.pc == "idle":
        return _begin(run, lake, guards, locked=locked)
    return _STEPS[run.pc](run, lake, guards)


def _begin(run: Run, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    if "erasure first" in guards and lake.journal:
        return []
    if locked:
        if "lock" in guards and lake.holder is not None:
            return []
        lake = lake._replace(holder=run.name, before=(lake.landing.main, lake.trusted.main))
    began = tuple(lake.table(name).rewritten for name in (LANDING, LEDGER, TRUSTED))
    pc = "finish" if "finish first" in guards or not locked else "sweep"
    return [Move(f"{run.name} begins", run._replace(pc=pc, began=began, locked=locked), lake)]


def _finish(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    if lake.ledger.marks:
        other = lake.ledger.marks[0]
        return [Move(f"{run.name} finds the mark of {other}", run._replace(pc="forward landing", of=other), lake)]
    pc = "sweep" if run.locked and "finish first" in guards else "look"
    return [Move(f"{run.name} finds no mark", run._replace(pc=pc), lake)]


def _sweep(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    for name in (LANDING, LEDGER, TRUSTED):
        dead = [ref for ref, _ in lake.table(name).refs if ref.startswith(AUDIT)]
        lake = lake.with_table(name, lake.table(name).without(*dead))
    pc = "look" if "finish first" in guards else "finish"
    return [Move(f"{run.name} drops what dead runs left", run._replace(pc=pc), lake)]


def _look(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    order = (TRUSTED, LEDGER, LANDING) if "inputs last" in guards else (LANDING, LEDGER, TRUSTED)
    table = order[len(run.base)]
    now = run._replace(base=(*run.base, (table, lake.table(table).main)))
    pc = "look" if len(now.base) < len(order) else "list"
    return [Move(f"{run.name} looks at {table}", now._replace(pc=pc), lake)]


def _list(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """What of the drop folder the ledger does not know; suppressed people's rows are refused."""
    known = lake.ledger.files(run.at(LEDGER))
    new = tuple(sorted((name, rows) for name, rows in lake.drop if name not in known))
    if lake.suppressed and "suppress" in guards:
        new = tuple((name, others(rows)) for name, rows in new)
    pc = "write landing" if new else "read landing"
    return [Move(f"{run.name} lists the drop folder", run._replace(pc=pc, new=new), lake)]


def _write_landing(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    rows = [row for _, some in run.new for row in some]
    lake = lake.with_file(f"{run.name}.landing", rows)
    return [Move(f"{run.name} writes its landing file", run._replace(pc="load landing"), lake)]


def _load_landing(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """The files that its snapshot is going to name besides: Iceberg's manifests of the base."""
    now = run._replace(pc="commit landing", loaded=(lake.landing.files(run.at(LANDING)),))
    return [Move(f"{run.name} loads landing", now, lake)]


def _rewritten(run: Run, table: Table, place: int, guards: frozenset[str]) -> bool:
    return "same history" in guards and table.rewritten != run.began[place]


def _commit_landing(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    if _rewritten(run, lake.landing, 0, guards):
        return [Move(f"{run.name}'s candidate of landing is refused", run._replace(pc="fail"), lake)]
    added = frozenset({f"{run.name}.landing"})
    table = lake.landing.with_snap(Snap(run.name, run.at(LANDING), run.loaded[0] | added, added))
    lake = lake.with_table(LANDING, table.with_ref(run.branch, run.name))
    return [Move(f"{run.name} commits its candidate of landing", run._replace(pc="commit ledger", loaded=()), lake)]


def _commit_ledger(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    if _rewritten(run, lake.ledger, 1, guards):
        return [Move(f"{run.name}'s candidate of the ledger is refused", run._replace(pc="fail"), lake)]
    added = frozenset(name for name, _ in run.new)
    table = lake.ledger.with_snap(Snap(run.name, run.at(LEDGER), lake.ledger.files(run.at(LEDGER)) | added, added))
    lake = lake.with_table(LEDGER, table.with_ref(run.branch, run.name))
    return [Move(f"{run.name} commits its candidate of the ledger", run._replace(pc="read landing"), lake)]


def _read_landing(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    source = run.name if run.new else run.at(LANDING)
    seen = lake.trusted.snap(run.at(TRUSTED))
    if not run.new and seen is not None and lake.seen_again(seen.seen) and source == lake.landing.main:
        return [Move(f"{run.name} has nothing to make", run._replace(pc="done"), lake)]
    rows = lake.rows(LANDING, source)
    if rows is None or lake.landing.snap(source) is None:
        return [Move(f"{run.name} finds a file gone", run._replace(pc="fail"), lake)]
    return [Move(f"{run.name} reads landing", run._replace(pc="write trusted", rows=rows), lake)]


def _write_trusted(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    lake = lake.with_file(f"{run.name}.trusted", run.rows)
    return [Move(f"{run.name} writes its trusted file", run._replace(pc="commit trusted"), lake)]


def _commit_trusted(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    if _rewritten(run, lake.trusted, 2, guards):
        return [Move(f"{run.name}'s candidate of trusted is refused", run._replace(pc="fail"), lake)]
    files = frozenset({f"{run.name}.trusted"})
    snap = Snap(run.name, run.at(TRUSTED), files, files, seen=run.name if run.new else run.at(LANDING))
    lake = lake.with_table(TRUSTED, lake.trusted.with_snap(snap).with_ref(run.branch, run.name))
    pc = "check landing" if run.new else "forward trusted"
    return [Move(f"{run.name} commits its candidate of trusted", run._replace(pc=pc, rows=()), lake)]


def _check(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    table = run.pc.removeprefix("check ")
    if "moved" in guards and moved(lake.table(table), run.branch):
        return [Move(f"{run.name} finds that {table} moved", run._replace(pc="fail"), lake)]
    pc = "check ledger" if table == LANDING else "mark"
    return [Move(f"{run.name} finds {table} as it was", run._replace(pc=pc), lake)]


def _mark(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    after = run._replace(pc="forward landing", of=run.name)
    if "mark" not in guards:
        return [Move(f"{run.name} begins to publish", after, lake)]
    if "one mark" in guards and (lake.ledger.marks or moved(lake.ledger, run.branch)):
        return [Move(f"{run.name} may not mark", run._replace(pc="fail"), lake)]
    marked = lake.with_table(LEDGER, lake.ledger.with_ref(MARK + run.name, run.name))
    unknown = Move(f"{run.name} marks, and hears of a failure", run._replace(pc="fail"), marked, 1)
    return [Move(f"{run.name} marks that it publishes", after, marked), unknown]


def _done(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    lake = lake._replace(done=lake.done | set(run.new))
    return [Move(f"{run.name} is done", Run(run.name, END), lake.free() if lake.holder == run.name else lake)]


def _fail(run: Run, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """What is not published is dropped, but for the rest of an ingest that is half published."""
    keep = lake.ledger.ref(MARK + run.name) is not None and "keep marked" in guards
    for name in (TRUSTED,) if keep else (LANDING, LEDGER, TRUSTED):
        lake = lake.with_table(name, lake.table(name).without(run.branch))
    lake = lake.free() if lake.holder == run.name else lake
    return [Move(f"{run.name} fails, and drops what it left", Run(run.name, END), lake)]


_STEPS = {
    "finish": _finish,
    "sweep": _sweep,
    "look": _look,
    "list": _list,
    "write landing": _write_landing,
    "load landing": _load_landing,
    "commit landing": _commit_landing,
    "commit ledger": _commit_ledger,
    "read landing": _read_landing,
    "write trusted": _write_trusted,
    "commit trusted": _commit_trusted,
    "check landing": _check,
    "check ledger": _check,
    "mark": _mark,
    "done": _done,
    "fail": _fail,
    **forward.STEPS,
}
