"""The proof of an erasure, and its certificate: every place that may hold something of the people is read."""

from __future__ import annotations

import os
import time
from contextlib import closing, suppress
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from catalog.drop.listing import shown
from catalog.errors import DataRefusedError
from catalog.machine.workplace import is_abandoned, is_workplace, temporary_folder, workplace
from catalog.plural import counted
from catalog.privacy.certificate_body import ErasedTable, certificate_body
from catalog.privacy.certificates import CERTIFICATE_KEY, append, read_all
from catalog.privacy.exports import known_exports
from catalog.privacy.finding import Place, PlaceKind
from catalog.privacy.needles import Needles
from catalog.privacy.proof import prove
from catalog.privacy.suppression import hashed, suppression_key
from catalog.rewrite.row_change import DataFiles
from catalog.specs import TABLES
from catalog.specs.landing import ACCELEROMETER_LANDING, CUSTOMER_LANDING
from catalog.storage.files import storage_of
from catalog.storage.reachable import reachable_files
from jobs.erasure.journal import drop_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.lake import Lake
    from catalog.privacy.proof import Proof
    from jobs.erasure.journal import Journal

_SHOWN = 20
_READING = Lock()
_AT_REST_SECONDS = 600
_TEMPORARY = ("stedi_*", "spark-*", "blockmgr-*")
"""What this tool, its Spark, and earlier versions of both call their temporary folders."""


def prove_erased(lake: Lake, journal: Journal) -> Proof:
    """Search every place for what is left of the people.

    Raises:
        TerminalError: a planted value was not found: nothing is proved.
        RetryableError: files go on changing meanwhile.
    """
    subjects = journal.subjects
    values = {
        "email": subjects.emails,
        "phone": subjects.phones,
        "serial number": subjects.serials,
        "name": subjects.names,
        "pseudonym": subjects.pseudonyms,
    }
    reached = {location for spec in TABLES.values() for location in reachable_files(lake.table(spec))}
    with closing(DataFiles(lake)) as reader:
        needles = Needles(values, lambda text: _is_anothers(reader, text))
        proof = prove(storage_of(lake.profile), list(places(lake, journal)), needles, reached)
    # Where the values themselves are kept until all is done; it goes next, with every version.
    findings = tuple(each for each in proof.findings if not each.location.endswith(f"/{journal.erasure_id}/plan.json"))
    return replace(proof, findings=findings)


def certify(lake: Lake, journal: Journal, proof: Proof, pseudonym_key: bytes) -> dict[str, Any]:
    """The erasure's certificate, which is added to the lake's chain unless it is there already.

    Raises:
        DamagedLakeError: the chain is broken.
    """
    profile, storage = lake.profile, storage_of(lake.profile)
    for known in read_all(storage, profile.privacy):
        if known.document["erasure"] == journal.erasure_id:
            return dict(known.document)
    before, rows = journal.document["before"], journal.document["rows"]
    tables = {
        name: ErasedTable(before[name], lake.table(spec).metadata.current_snapshot_id, rows[name])
        for name, spec in TABLES.items()
    }
    subjects = journal.subjects
    shared = {"somebody else's, too": subjects.shared} if subjects.shared else {}
    body = certificate_body(
        journal.erasure_id,
        hashed("person", "\n".join(subjects.people), suppression_key(pseudonym_key)),
        tables,
        proof,
        {"phone, serial number or name": shared} if shared else None,
        list(_out_of_scope(lake, journal)),
    )
    made = append(storage, profile.privacy, body, proof.digests, CERTIFICATE_KEY.load(profile))
    return dict(made.document)


def findings_error(proof: Proof, options: str) -> DataRefusedError:
    """What is left, and where, in words."""
    told = [str(each) for each in proof.findings[:_SHOWN]]
    more = len(proof.findings) - _SHOWN
    told += [f"and {more:,} more"] if more > 0 else []
    return DataRefusedError(
        "\n  ".join([f"something is left, in {counted(len(proof.findings), 'place')}:", *told])
        + f"\n  when that is seen to: stedi erase --resume {options}"
    )


def places(lake: Lake, journal: Journal) -> Iterator[Place]:
    """Every place that may hold something of a person."""
    profile, landing = lake.profile, journal.document["landing"]
    if profile.lock_folder is not None:
        yield Place(str(profile.lock_folder))
    else:
        yield Place(f"{profile.privacy.rpartition('/')[0]}/")
        # Zones may have buckets of their own.
        yield from (Place(f"{lake.table(spec).location()}/") for spec in TABLES.values())
    yield Place(f"{profile.report_location}/", PlaceKind.REPORT)
    if landing is not None:
        yield Place(shown(drop_of(profile, landing)), PlaceKind.DROP)
    for folder in known_exports(profile):
        if folder.is_dir():
            yield Place(str(folder), PlaceKind.EXPORT)
    yield from (Place(str(folder), PlaceKind.TEMPORARY) for folder in _left_behind())


def _left_behind() -> Iterator[Path]:
    """Temporary folders of this user that nothing works in: a running program's go with it, and never hold still."""
    base, own = temporary_folder(), workplace()
    for folder in sorted({folder for pattern in _TEMPORARY for folder in base.glob(pattern)} - {own}):
        # What goes while it is looked at was somebody's who works there.
        with suppress(FileNotFoundError):
            if not folder.is_symlink() and folder.stat().st_uid == os.getuid() and _at_rest(folder):
                yield folder


def _at_rest(folder: Path) -> bool:
    if is_workplace(folder):
        return is_abandoned(folder)
    newest = max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    return time.time() - newest > _AT_REST_SECONDS


def _out_of_scope(lake: Lake, journal: Journal) -> Iterator[str]:
    """What was not read, besides what never is."""
    yield "temporary folders of programs that are running"
    if journal.document["landing"] is None:
        yield "delivered files: no drop folder was named"
    if gone := sum(not folder.is_dir() for folder in known_exports(lake.profile)):
        yield f"{counted(gone, 'export')} that are not where they were written any more"


def _is_anothers(reader: DataFiles, text: str) -> bool:
    """Whether a text is somebody else's value, or begins one: only others' are left in landing."""
    columns = {
        CUSTOMER_LANDING: ("lower(person)", "lower(serialNumber)", "lower(customerName)", "phone"),
        ACCELEROMETER_LANDING: ("lower(person)",),
    }
    with _READING:  # the scan has several threads, and the reader is one connection
        return any(
            reader.fetch(
                f"SELECT 1 FROM {reader.history_rows(spec)} WHERE starts_with({column}, ?) LIMIT 1", text.lower()
            )
            for spec, names in columns.items()
            for column in names
        )
