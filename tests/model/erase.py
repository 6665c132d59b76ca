"""Erasing Ann: a saga whose journal outlives whoever does it, and the proof at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.actors import Move
from tests.model.forward import recovered
from tests.model.lake import ANN, LANDING, LEDGER, TRUSTED, Snap, others
from tests.model.people import Person, end

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.lake import Lake, Table

_STEPS = ("", "suppress", LANDING, TRUSTED, "rewrite drop", "enter", "prove", "certify")
"""What there is to do at each step of the journal."""
_LAST = len(_STEPS)


def erase(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """What is next; who begins again goes on where the journal is."""
    if who.pc == "idle":
        if lake.certified or (locked and "lock" in guards and lake.holder is not None):
            return []
        if locked:
            lake = lake._replace(holder=who.name, before=(lake.landing.main, lake.trusted.main))
        lake = recovered(lake, guards, locked=locked)
        begun = who._replace(pc="go on", locked=locked)
        says = "the erasure is resumed" if lake.journal else "the erasure begins"
        return [Move(says, begun, _at(lake, max(1, lake.journal)))]
    if who.pc == "go on":
        what = _STEPS[lake.journal]
        return _ACTS["load" if what in (LANDING, TRUSTED) else what](who, lake, guards)
    return _ACTS[who.pc](who, lake, guards)


def _at(lake: Lake, step: int) -> Lake:
    return lake._replace(journal=step)


def _on(lake: Lake) -> Lake:
    return _at(lake, lake.journal + 1)


def _suppress(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    return [Move("Ann is put on the suppression list", who, _on(lake._replace(suppressed=True)))]


def _hers(lake: Lake, files: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The files that hold rows of hers, with the rows that stay."""
    contents = dict(lake.stored)
    found = {file: contents.get(file, ()) for file in files}
    return {file: others(rows) for file, rows in found.items() if others(rows) != rows}


def _load(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """Look through the files of every snapshot."""
    name = _STEPS[lake.journal]
    table = lake.table(name)
    files = table.reached if "every snapshot" in guards else table.files(table.main)
    hers = tuple(sorted(_hers(lake, files).items()))
    return [Move(f"the erasure looks through {name}", who._replace(pc="write", loaded=(table, hers)), lake)]


def _write(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    for file, rows in who.loaded[1]:
        lake = lake.with_file(f"{file}'", rows)
    return [Move("it writes her files anew without her", who._replace(pc="swap"), lake)]


def _swap(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    name, (table, hers) = _STEPS[lake.journal], who.loaded
    if "unchanged" in guards and lake.table(name) != table:
        return [Move(f"it finds {name} changed", who._replace(pc="go on", loaded=()), lake)]
    replaced = dict(hers)

    def new(files: frozenset[str]) -> frozenset[str]:
        return frozenset(f"{file}'" if file in replaced else file for file in files)

    snaps = frozenset(snap._replace(files=new(snap.files), added=new(snap.added)) for snap in table.snaps)
    rewritten: Table = table._replace(snaps=snaps, rewritten=table.rewritten + 1)
    now = who._replace(pc="delete", loaded=(table.reached,))
    return [Move(f"it lets the catalog point at {name} without her", now, lake.with_table(name, rewritten))]


def _delete(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """What was reached and is not; where nobody else is at work, also what nothing reaches."""
    name = _STEPS[lake.journal]
    before = lake.files_of(name) if who.locked else who.loaded[0]
    lake = _on(lake.without_files((before & lake.files_of(name)) - lake.table(name).reached))
    return [Move(f"it deletes the files of {name} that held her rows", who._replace(pc="go on", loaded=()), lake)]


def _rewrite_drop(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    drop = frozenset(
        (f"{name}'", others(rows)) if others(rows) != rows else (name, rows)
        for name, rows in lake.drop
        if others(rows) or not rows
    )
    return [Move("it rewrites the delivered files", who, _on(lake._replace(drop=drop)))]


def _enter(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """The ledger hears of rewritten files; one whose first content no run has landed is still to be ingested."""
    if "enter" not in guards:
        return [Move("nobody enters the rewritten files", who, _on(lake))]
    if lake.ledger.marks and "one mark" in guards:
        return end(who, "an ingest is being published: the erasure is to be resumed", lake)
    known = lake.ledger.files(lake.ledger.main)
    written = [name for name, _ in lake.drop if name.endswith("'")]
    landed = frozenset(name for name in written if name.rstrip("'") in known or "landed" not in guards) - known
    return [
        Move("it looks which of them were landed", who._replace(pc="entered", loaded=(lake.ledger.main, landed)), lake)
    ]


def _entered(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    """A snapshot of the ledger, even without rows: an ingest that is at work listed the files as they were."""
    (main, landed), table = who.loaded, lake.ledger
    if table.main != main:
        return end(who, "the ledger moved: the erasure is to be resumed", lake)
    snap = Snap("erasure", table.main, table.files(table.main) | landed, landed)
    entered = lake.with_table(LEDGER, table.with_snap(snap)._replace(main="erasure"))
    now = who._replace(pc="go on", loaded=())
    return [Move("it enters the rewritten files in the ledger", now, _on(entered))]


def _prove(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    left = [row for _, rows in (*lake.stored, *lake.drop) for row in rows if row.startswith(ANN)]
    if left and "proof" in guards:
        return end(who, "something of hers is found: all begins again", _at(lake, 1))
    return [Move("nothing of hers is found", who, _on(lake))]


def _certify(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    return end(who, "it is certified that she is gone", _at(lake._replace(certified=True), 0))


_ACTS: dict[str, Callable[[Person, Lake, frozenset[str]], list[Move]]] = {
    "suppress": _suppress,
    "load": _load,
    "write": _write,
    "swap": _swap,
    "delete": _delete,
    "rewrite drop": _rewrite_drop,
    "enter": _enter,
    "entered": _entered,
    "prove": _prove,
    "certify": _certify,
}
