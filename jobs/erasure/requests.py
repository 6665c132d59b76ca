"""Lists of people to erase, in a place that only the privacy officer writes to: read, carried out, and removed.

Who starts a Glue job can pass it nothing that is not logged, so people are named in files. Names of files may say
whose they are, too: errors call a list by its place among all lists, in the order of their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from catalog.errors import RetryableError, UsageError
from catalog.plural import counted
from catalog.privacy.certificates import read_all
from catalog.storage.files import storage_of
from jobs.erasure.erase import begin_erasure, finish_erasure, people_of
from jobs.erasure.journal import open_journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.lake import Lake
    from catalog.storage.files import Storage, StoredFile
    from jobs.run.progress import Stages

LISTS = "people"
"""The folder of lists in the place of requests."""
CERTIFICATES = "certificates"
"""The folder in which copies of certificates are put for the privacy officer."""


@dataclass(frozen=True)
class PeopleList:
    """A list of people to erase.

    Attributes:
        people: the persons, normalised, each once.
        versions: every version of it that is stored.
    """

    people: tuple[str, ...]
    versions: tuple[StoredFile, ...]


def read_lists(storage: Storage, place: str) -> list[PeopleList]:
    """The lists that are there; of one that somebody took back, nothing is.

    Raises:
        UsageError: a line is no address, or a list names nobody.
    """
    # The console makes empty objects in the place of folders.
    stored = [file for file in storage.files(f"{place}/{LISTS}/") if not file.location.endswith("/")]
    grouped = (tuple(files) for _, files in groupby(sorted(stored), key=lambda file: file.location))
    kept = [versions for versions in grouped if any(file.current for file in versions)]
    found = []
    for number, versions in enumerate(kept, 1):
        name = f"list {number} of {len(kept)}"
        [current] = [file for file in versions if file.current]
        try:
            lines = storage.read(current).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UsageError(f"{name} is not UTF-8; nothing was erased") from None
        found.append(PeopleList(tuple(people_of([], lines, name)), versions))
    return found


def erase_requested(
    lake: Lake, place: str, pseudonym_key: bytes, progress: Stages, quiet: Callable[[], None]
) -> list[dict[str, Any]]:
    """Finish an erasure that was begun, then erase whom each list names, and remove the lists; the certificates.

    Args:
        lake: the lake; its drop folder is its own.
        place: of the requests, an address without a slash at its end.
        pseudonym_key: of the lake.
        progress: hears of steps.
        quiet: waits until nobody else writes. Called when an erasure is durable: from then on nobody begins.

    Raises:
        UsageError: there is nothing to do, or a list cannot be read; as of ``begin_erasure``.
        DataRefusedError: something is left of somebody; their list stays, and what was begun is finished the next time.
        RetryableError: a step could not be done now.
    """
    storage, certificates, finished = storage_of(lake.profile), list[dict[str, Any]](), set[str]()
    if (journal := open_journal(lake.profile)) is not None:
        finished = set(journal.subjects.people)
        quiet()
        certificates.append(finish_erasure(lake, journal, pseudonym_key, progress))
    lists = read_lists(storage, place)
    if not certificates and not lists:
        raise UsageError("there is no list of people to erase, and no erasure is unfinished; nothing was done")
    for each in lists:
        # The list of an erasure that was begun and killed is done with it.
        if set(each.people) != finished:
            journal = begin_erasure(lake, each.people, pseudonym_key, {"named": None})
            quiet()
            certificates.append(finish_erasure(lake, journal, pseudonym_key, progress))
        _remove(storage, each)
    _copy_certificates(lake, storage, place)
    return certificates


def _remove(storage: Storage, each: PeopleList) -> None:
    storage.delete(each.versions)
    location, gone = each.versions[0].location, {file.version for file in each.versions}
    if left := [file for file in storage.files(location) if file.location == location and file.version in gone]:
        raise RetryableError(f"{counted(len(left), 'version')} of a list of people could not be removed; run again")


def _copy_certificates(lake: Lake, storage: Storage, place: str) -> None:
    """Put every certificate where the privacy officer, who cannot look into the lake, finds it."""
    for certificate in read_all(storage, lake.profile.privacy):
        location = f"{place}/{CERTIFICATES}/{certificate.number:06}.json"
        there = [file for file in storage.files(location) if file.current]
        if not there or storage.read(there[0]) != certificate.text:
            storage.write(location, certificate.text)
