"""Erasing people from a lake: what would go, doing it, and finishing what was begun."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from catalog.drop.listing import list_drop
from catalog.errors import UsageError
from catalog.plural import counted
from catalog.privacy.erasures import refuse_open_erasure
from catalog.rewrite.history import touched_files
from catalog.rewrite.row_change import DataFiles
from catalog.specs import TABLES
from jobs.erasure.changes import Changes, tables_in_order
from jobs.erasure.journal import CERTIFY, begin_journal, drop_of, open_journal
from jobs.erasure.proof import certify, findings_error, prove_erased
from jobs.erasure.saga import Saga
from jobs.erasure.subjects import refuse_other_key, resolve_subjects
from jobs.identity import normalise_person
from jobs.reader.fields import is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec
    from jobs.erasure.changes import FileKey
    from jobs.erasure.journal import Journal, Landing
    from jobs.erasure.subjects import Subjects
    from jobs.run.progress import Stages


@dataclass(frozen=True)
class TablePreview:
    """What an erasure would do to a table.

    Attributes:
        table: ``zone.table``.
        rows: stored rows that go, deleted ones and those of old snapshots among them.
        files: data files that would be written anew.
        bytes: their size now.
        table_bytes: size of all data files that some snapshot reads.
    """

    table: str
    rows: int
    files: int
    bytes: int
    table_bytes: int


@dataclass(frozen=True)
class Preview:
    """What an erasure would do.

    Attributes:
        people: how many are named.
        devices: how many devices were theirs at some time.
        shared: how many of their devices, numbers and names are somebody else's, too.
        delivered_contents: how many delivered contents held records of theirs, as far as these were ingested.
        tables: table by table.
    """

    people: int
    devices: int
    shared: int
    delivered_contents: int
    tables: tuple[TablePreview, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def people_of(emails: Sequence[str], lines: Sequence[str] = (), file: str = "the file") -> list[str]:
    """The persons of e-mail addresses, each once.

    Args:
        emails: of the command line.
        lines: of a file, one address a line; blank lines and those that begin with # are passed over.
        file: what errors call the file.

    Raises:
        UsageError: one is no address, or there is none; it is named by its place.
    """
    given = [(f"--email, number {number}", email) for number, email in enumerate(emails, 1)]
    given += [(f"line {number} of {file}", line) for number, line in enumerate(lines, 1)]
    people: dict[str, None] = {}
    for where, text in given:
        if not (address := text.strip()) or address.startswith("#"):
            continue
        if not is_address(address):
            raise UsageError(f"{where} is not an e-mail address; nothing was erased")
        people[normalise_person(address)] = None
    if not people:
        where = f" in {file}" if lines else ""
        raise UsageError(f"nobody is named{where}; name people with --email, or in a file with --file")
    return list(people)


def preview(lake: Lake, people: Sequence[str], pseudonym_key: bytes) -> Preview:
    """What erasing these people would do; nothing is changed."""
    subjects, tables, contents = _look_up(lake, people, pseudonym_key)
    devices = len({time.device for time in subjects.times})
    return Preview(len(people), devices, subjects.shared, len(contents), tables)


def _look_up(
    lake: Lake, people: Sequence[str], pseudonym_key: bytes
) -> tuple[Subjects, tuple[TablePreview, ...], list[FileKey]]:
    """Whose data goes, how much of it each table has, and the delivered contents that held it.

    Raises:
        UsageError: as of ``refuse_other_key``.
    """
    with closing(DataFiles(lake)) as reader:
        refuse_other_key(reader, pseudonym_key)
        subjects = resolve_subjects(reader, people, pseudonym_key)
        changes = Changes(reader, subjects, subjects.erased(pseudonym_key, 0))
        tables = tuple(_table_preview(lake, spec, reader, changes) for spec in tables_in_order())
        return subjects, tables, changes.files_that_held_them()


def _table_preview(lake: Lake, spec: TableSpec, reader: DataFiles, changes: Changes) -> TablePreview:
    stored, touched = touched_files(lake, spec, reader, changes.of(spec))
    return TablePreview(
        spec.identifier,
        sum(len(each.removed) for each in touched),
        len(touched),
        sum(each.file.file_size_in_bytes for each in touched),
        sum(file.file_size_in_bytes for file in stored),
    )


def begin_erasure(lake: Lake, people: Sequence[str], pseudonym_key: bytes, landing: Landing | None) -> Journal:
    """Look up whose data goes, and make it durable: from here on the erasure can be finished by anybody.

    Args:
        lake: the lake.
        people: normalised addresses.
        pseudonym_key: of the lake.
        landing: the drop folder; None: delivered files are left as they are.

    Raises:
        UsageError: another erasure is not finished, or there is nothing in the drop folder.
    """
    if landing is not None:
        list_drop(drop_of(lake.profile, landing))  # a wrong folder would be taken for one without records of theirs
    open_journal(lake.profile)  # what was as good as finished is finished
    refuse_open_erasure(lake.profile)
    subjects, tables, contents = _look_up(lake, people, pseudonym_key)
    before = {name: lake.table(spec).metadata.current_snapshot_id for name, spec in TABLES.items()}
    rows = {each.table: each.rows for each in tables}
    return begin_journal(lake.profile, subjects, landing, contents, before, rows)


def finish_erasure(lake: Lake, journal: Journal, pseudonym_key: bytes, progress: Stages) -> dict[str, Any]:
    """Do what is left of an erasure, prove it, and forget the people's values; its certificate.

    Raises:
        DataRefusedError: something is left; all is done again when the erasure is resumed.
        RetryableError: a step could not be done now; what was done is kept, and ``--resume`` goes on.
    """
    Saga(lake, journal, pseudonym_key, progress).run()
    with progress.stage("prove that nothing is left") as notes:
        proof = prove_erased(lake, journal)
        notes.append(f"{counted(proof.files, 'file')} read, {proof.bytes:,} bytes, {len(proof.findings):,} findings")
    if proof.findings:
        journal.begin_again()
        raise findings_error(proof, lake.profile.options)
    certificate = certify(lake, journal, proof, pseudonym_key)
    journal.done(CERTIFY, number=certificate["number"])
    journal.close()
    return certificate
