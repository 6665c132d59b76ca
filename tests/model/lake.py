"""The lake of the model: values that never change, with just what the protocol looks at.

Three tables stand for all: ``landing`` and its ``ledger``, which an ingest publishes together, and ``trusted``, which
is made from landing. A row is a text that begins with whose it is: ``a1`` is Ann's, who is going to be erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LANDING, LEDGER, TRUSTED = "landing", "ledger", "trusted"
ANN = "a"
MARK, AUDIT = "ready ", "audit "
"""How the names begin of the tag of an ingest that publishes, and of a run's branch."""
OLD = frozenset({"old.landing"})
"""Files that were written longer ago than any run takes."""


class Snap(NamedTuple):
    """A snapshot.

    Attributes:
        name: its id.
        parent: the snapshot that it follows.
        files: names of its files; of the ledger's, the delivered contents themselves.
        added: those of them that it added.
        seen: of trusted's, the snapshot of landing that it was made from.
        same: whether it changes no row of its parent, as a compaction.
    """

    name: str
    parent: str | None
    files: frozenset[str]
    added: frozenset[str] = frozenset()
    seen: str | None = None
    same: bool = False


class Table(NamedTuple):
    """A table's metadata.

    Attributes:
        main: the snapshot that readers see.
        refs: branches and tags, each with its snapshot.
        snaps: its snapshots.
        rewritten: how often its history was rewritten.
    """

    main: str
    refs: frozenset[tuple[str, str]]
    snaps: frozenset[Snap]
    rewritten: int = 0

    def snap(self, name: str | None) -> Snap | None:
        """The snapshot of that name, if it is there."""
        return next((each for each in self.snaps if each.name == name), None)

    def files(self, name: str | None) -> frozenset[str]:
        """The files of a snapshot; none where it is not there."""
        snap = self.snap(name)
        return snap.files if snap else frozenset()

    def ref(self, name: str) -> str | None:
        """What a branch or tag points at."""
        return next((at for ref, at in self.refs if ref == name), None)

    def history(self, name: str | None) -> Iterator[Snap]:
        """A snapshot and those before it, as far as they are there."""
        while (snap := self.snap(name)) is not None:
            yield snap
            name = snap.parent

    def follows(self, head: str, main: str) -> bool:
        """Whether a snapshot is in the history of another."""
        return any(each.name == main for each in self.history(head))

    def with_ref(self, name: str, at: str) -> Table:
        """With a branch or tag."""
        return self.without(name)._replace(refs=self.without(name).refs | {(name, at)})

    def without(self, *names: str) -> Table:
        """Without branches or tags."""
        return self._replace(refs=frozenset(each for each in self.refs if each[0] not in names))

    def with_snap(self, snap: Snap) -> Table:
        """With one more snapshot."""
        return self._replace(snaps=self.snaps | {snap})

    @property
    def reached(self) -> frozenset[str]:
        """Every file that a snapshot names."""
        return frozenset(file for snap in self.snaps for file in snap.files)

    @property
    def marks(self) -> list[str]:
        """The runs whose ingest is being published."""
        return sorted(ref.removeprefix(MARK) for ref, _ in self.refs if ref.startswith(MARK))


class Lake(NamedTuple):
    """Everything that outlives a process, and what has happened, for the laws.

    Attributes:
        landing: a table.
        ledger: likewise.
        trusted: likewise.
        stored: data files with their rows.
        drop: the delivered contents, each with its rows.
        holder: who holds the writer's lock.
        before: what readers saw of landing and trusted when the holder began.
        journal: the step of the erasure that is to be done; 0: there is none.
        suppressed: whether Ann is on the suppression list.
        certified: whether it was certified that she is gone.
        done: contents of which some run said that they are in all tables.
        tagged: the rows of landing and trusted at the tag, once it is on both.
    """

    landing: Table
    ledger: Table
    trusted: Table
    stored: frozenset[tuple[str, tuple[str, ...]]]
    drop: frozenset[tuple[str, tuple[str, ...]]]
    holder: str | None = None
    before: tuple[str, str] | None = None
    journal: int = 0
    suppressed: bool = False
    certified: bool = False
    done: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    tagged: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def table(self, name: str) -> Table:
        """The table of that name."""
        found: Table = getattr(self, name)
        return found

    def rows_of(self, files: Collection[str]) -> tuple[str, ...] | None:
        """The rows of files; None: one is not there any more."""
        contents = dict(self.stored)
        if any(file not in contents for file in files):
            return None
        return tuple(sorted(row for file in files for row in contents[file]))

    def rows(self, table: str, snap: str | None) -> tuple[str, ...] | None:
        """The rows of a snapshot; None: a file of it is missing."""
        return self.rows_of(self.table(table).files(snap))

    def with_table(self, name: str, table: Table) -> Lake:
        """With a table in place of what it was."""
        changed: dict[str, Any] = {name: table}
        return self._replace(**changed)

    def with_file(self, name: str, rows: Collection[str]) -> Lake:
        """With one more file."""
        return self._replace(stored=self.stored | {(name, tuple(sorted(rows)))})

    def without_files(self, names: Collection[str]) -> Lake:
        """Without files."""
        return self._replace(stored=frozenset(each for each in self.stored if each[0] not in names))

    def files_of(self, table: str) -> frozenset[str]:
        """Names of all files that are stored under a table's folder."""
        return frozenset(name for name, _ in self.stored if name.rpartition(".")[2].rstrip("'") == table)

    def free(self) -> Lake:
        """With nobody holding the lock."""
        return self._replace(holder=None, before=None)

    def seen_again(self, seen: str | None) -> bool:
        """Whether landing has the same rows now as at a snapshot: it is that, or a compaction of it."""
        for snap in self.landing.history(self.landing.main):
            if snap.name == seen:
                return True
            if not snap.same:
                return False
        return False


def others(rows: Collection[str]) -> tuple[str, ...]:
    """The rows that are not Ann's."""
    return tuple(sorted(row for row in rows if not row.startswith(ANN)))


def first_lake(*delivered: tuple[str, tuple[str, ...]]) -> Lake:
    """One delivery was published, and one is waiting; an older snapshot of landing is still there."""
    one = ("one", ("a1", "b1"))
    old, first = Snap("old", None, OLD), Snap("first", "old", OLD | {"first.landing"}, frozenset({"first.landing"}))
    seen = Snap("first", None, frozenset({"first.trusted"}), seen="first")
    entered = Snap("first", None, frozenset({"zero", "one"}))
    rows = {("old.landing", ("b0",)), ("first.landing", one[1]), ("first.trusted", ("a1", "b0", "b1"))}
    return Lake(
        Table("first", frozenset(), frozenset({old, first})),
        Table("first", frozenset(), frozenset({entered})),
        Table("first", frozenset(), frozenset({seen})),
        frozenset(rows),
        frozenset({one, *delivered}),
        done=frozenset({one, ("zero", ("b0",))}),
    )


def lake_behind() -> Lake:
    """The same, of a run that died before it published trusted; nothing is waiting."""
    lake = first_lake()
    files = frozenset({"old.trusted"})
    snap = Snap("old", None, files, files, seen="old")
    return lake._replace(
        trusted=Table("old", frozenset(), frozenset({snap})),
        stored=frozenset(each for each in lake.stored if each[0] != "first.trusted") | {("old.trusted", ("b0",))},
        done=frozenset({("zero", ("b0",))}),
    )
