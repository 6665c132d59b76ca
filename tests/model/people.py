"""Everybody but runs: who erases, maintains, tags and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.actors import END, Move
from tests.model.forward import recovered
from tests.model.lake import AUDIT, LANDING, OLD, TRUSTED, Snap

if TYPE_CHECKING:
    from tests.model.lake import Lake, Table


LATE = ("late", ("a3", "b3"))


class Person(NamedTuple):
    """What somebody has in their memory: what comes next, and what was read for it."""

    name: str
    pc: str = "idle"
    loaded: tuple[Any, ...] = ()
    locked: bool = False


def begin(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> Lake | None:
    """The lake held by somebody; None: another holds it, or an erasure is not finished."""
    if "erasure first" in guards and lake.journal:
        return None
    if not locked:
        return lake
    if "lock" in guards and lake.holder is not None:
        return None
    return lake._replace(holder=who.name, before=(lake.landing.main, lake.trusted.main))


def end(who: Person, says: str, lake: Lake) -> list[Move]:
    """The last step."""
    return [Move(says, Person(who.name, END), lake.free() if lake.holder == who.name else lake)]


def maintain(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """Compaction of landing, expiry of landing's snapshots, deletion of what nothing reaches any more."""
    if who.pc == "idle":
        held = begin(who, lake, guards, locked=locked)
        if held is None:
            return []
        now = who._replace(pc="plan", locked=locked)
        return [Move("maintenance begins", now, recovered(held, guards, locked=locked))]
    return _MAINTAIN[who.pc](who, lake, guards)


def _plan(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    before = lake.landing.reached | lake.trusted.reached
    table = lake.landing
    now = who._replace(pc="compact", loaded=(before, table.main, table.files(table.main), table.rewritten))
    return [Move("maintenance looks at the tables", now, lake)]


def _compact(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    rows = lake.rows_of(who.loaded[2])
    if rows is None:
        return end(who, "maintenance finds a file gone", lake)
    now = who._replace(pc="replace")
    return [Move("maintenance writes landing's files anew", now, lake.with_file("compact.landing", rows))]


def _replace(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    before, main, _, rewritten = who.loaded
    now, table = who._replace(pc="expire", loaded=(before,)), lake.landing
    moved = "head" in guards and table.main != main
    if moved or ("same history" in guards and table.rewritten != rewritten):
        return [Move("maintenance may not compact landing", now, lake)]
    files = frozenset({"compact.landing"})
    lake = lake.with_table(
        LANDING, table.with_snap(Snap("compact", main, files, files, same=True))._replace(main="compact")
    )
    return [Move("maintenance compacts landing", now, lake)]


def _gone(lake: Lake, guards: frozenset[str], *, locked: bool) -> frozenset[Snap]:
    """The snapshots of landing that may go: on a lake without a lock those that were superseded long ago."""
    table = lake.landing
    kept = {table.main, *(snap.seen for snap in lake.trusted.snaps)}
    for ref, at in table.refs:
        if ref.startswith(AUDIT):
            kept |= {snap.name for snap in table.history(at)}
        elif "held" in guards:
            kept.add(at)
    return frozenset(snap for snap in table.snaps if snap.name not in kept and (locked or snap.files <= OLD))


def _expire(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    gone = _gone(lake, guards, locked=who.locked)
    if not gone:
        return [Move("maintenance finds nothing to expire", who._replace(pc="list"), lake)]
    now = who._replace(pc="let go", loaded=(*who.loaded, gone, lake.landing.refs))
    return [Move("maintenance looks which snapshots expire", now, lake)]


def _let_go(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    before, gone, refs = who.loaded
    now, table = who._replace(pc="list", loaded=(before,)), lake.landing
    if "same refs" in guards and table.refs != refs:
        return [Move("maintenance may not let snapshots go now", who._replace(pc="expire", loaded=(before,)), lake)]
    lake = lake.with_table(LANDING, table._replace(snaps=table.snaps - gone))
    return [Move("maintenance lets snapshots go", now, lake)]


def _list(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    listed = lake.files_of(LANDING) | lake.files_of(TRUSTED)
    now = who._replace(pc="reach", loaded=(*who.loaded, listed))
    return [Move("maintenance lists what is stored", now, lake)]


def _reach(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    reached = lake.landing.reached | lake.trusted.reached
    before, listed = who.loaded
    old = listed if "young" not in guards or who.locked else before
    return [
        Move("maintenance looks what is reached", who._replace(pc="delete", loaded=((listed & old) - reached,)), lake)
    ]


def _delete(who: Person, lake: Lake, guards: frozenset[str]) -> list[Move]:
    return end(who, "maintenance deletes what nothing reaches", lake.without_files(who.loaded[0]))


_MAINTAIN = {
    "plan": _plan,
    "compact": _compact,
    "replace": _replace,
    "expire": _expire,
    "let go": _let_go,
    "list": _list,
    "reach": _reach,
    "delete": _delete,
}


def tag(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """One name for what readers see of landing and trusted."""
    if who.pc == "idle":
        held = begin(who, lake, guards - {"erasure first"}, locked=locked)
        return [] if held is None else [Move("somebody begins to tag", who._replace(pc="load"), held)]
    if who.pc == "load":
        half = lake.ledger.marks or not coherent(lake, lake.landing.main, lake.trusted.main)
        if "coherent tag" in guards and half:
            return end(who, "the tag is refused", lake)
        now = who._replace(pc="tag landing", loaded=(lake.landing.main, lake.trusted.main))
        return [Move("the tables are looked at, to be tagged", now, lake)]
    if who.pc == "tag landing":
        return [Move("landing is tagged", who._replace(pc="tag trusted"), _tagged(lake, LANDING, who.loaded[0]))]
    lake = _tagged(lake, TRUSTED, who.loaded[1])
    rows = (lake.rows(LANDING, who.loaded[0]) or (), lake.rows(TRUSTED, who.loaded[1]) or ())
    return end(who, "trusted is tagged", lake._replace(tagged=rows))


def tag_old(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """Somebody tags an old snapshot of landing, by Athena or Spark."""
    if lake.landing.snap("old") is None:
        return []
    return end(who, "somebody tags landing's oldest snapshot", _tagged(lake, LANDING, "old"))


def _tagged(lake: Lake, name: str, at: str) -> Lake:
    table: Table = lake.table(name)
    return lake.with_table(name, table.with_ref("v1", at))


def coherent(lake: Lake, landing: str, trusted: str) -> bool:
    """Whether trusted was made from the rows that landing has at a snapshot."""
    snap = lake.trusted.snap(trusted)
    return snap is not None and lake._replace(landing=lake.landing._replace(main=landing)).seen_again(snap.seen)


def query(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """Somebody reads landing and trusted in one query; what is read is told of, where it is of two runs."""
    at = (lake.landing.main, lake.trusted.main)
    if lake.before is not None and "as of" in guards:
        at = lake.before
    whole = coherent(lake, *at)
    seen = (whole, lake.before is not None and at != lake.before, "told" in guards)
    return [Move("somebody reads landing and trusted", Person(who.name, END, seen), lake)]


def deliver(who: Person, lake: Lake, guards: frozenset[str], *, locked: bool) -> list[Move]:
    """A late delivery comes, in which Ann is named again."""
    return end(who, "a late delivery comes", lake._replace(drop=lake.drop | {LATE}))
