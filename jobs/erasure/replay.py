"""Erasures that a restored lake has not seen: who was erased since the backup is erased from it, too."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from catalog.backup.replay import REPLAY, clear_restored_mark
from catalog.errors import UsageError
from catalog.rewrite.row_change import DataFiles
from catalog.specs.landing import ACCELEROMETER_LANDING, CUSTOMER_LANDING, QUARANTINE
from catalog.storage.files import storage_of
from jobs.erasure.erase import begin_erasure, finish_erasure
from jobs.erasure.journal import open_journal
from jobs.run.ingest import load_erased

if TYPE_CHECKING:
    from catalog.lake import Lake
    from jobs.erasure.journal import Landing
    from jobs.reader.erased import Erased
    from jobs.run.progress import Stages


def replay_erasures(lake: Lake, pseudonym_key: bytes, landing: Landing | None, progress: Stages) -> int:
    """Take over the newer records of erasures, and erase everybody whom they name; the lake answers from then on.

    Killed anywhere, it is done again: the mark that the lake waits goes last.

    Returns:
        How many people were erased.

    Raises:
        UsageError: there are no newer records to replay.
        DataRefusedError: something of them is left.
    """
    profile = lake.profile
    storage, folder = storage_of(profile), f"{profile.privacy}/{REPLAY}/"
    records = [file for file in storage.files(folder) if file.current]
    if not records:
        raise UsageError(
            f"no newer records of erasures were named: stedi restore --erasures FOLDER|none {profile.options}"
        )
    for file in records:
        storage.write(f"{profile.privacy}/{file.location.removeprefix(folder)}", storage.read(file))
    if (journal := open_journal(profile)) is not None:
        finish_erasure(lake, journal, pseudonym_key, progress)
    people = _still_here(lake, load_erased(profile, pseudonym_key))
    if people:
        finish_erasure(lake, begin_erasure(lake, people, pseudonym_key, landing), pseudonym_key, progress)
    clear_restored_mark(profile)
    return len(people)


def _still_here(lake: Lake, erased: Erased) -> list[str]:
    """Who of the suppression list is named in landing, though they were erased."""
    with closing(DataFiles(lake)) as reader:
        named = [
            f"SELECT person FROM {reader.history_rows(CUSTOMER_LANDING)}",
            f"SELECT person FROM {reader.history_rows(ACCELEROMETER_LANDING)}",
            f"SELECT unnest(string_split(people, ' ')) FROM {reader.history_rows(QUARANTINE)} WHERE people IS NOT NULL",
        ]
        rows = reader.fetch(f"SELECT DISTINCT person FROM ({' UNION ALL '.join(named)}) t(person)")
    return sorted(person for (person,) in rows if erased.is_person(person))
