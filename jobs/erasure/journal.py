"""The journal of an erasure: durable before anything is destroyed, so that whoever finds it half done finishes it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError, UsageError
from catalog.privacy.erasures import OPEN, UNKNOWN, erasures, erasures_folder
from catalog.privacy.records import read_record, write_record
from catalog.storage.files import storage_of
from jobs.erasure.subjects import Subjects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from catalog.profiles.profile import Profile
    from catalog.storage.files import Storage

CERTIFY = "certify"
"""The last step: after it the people's values are not needed any more."""
Landing = dict[str, str | None]
"""The drop folder of an erasure: under ``named`` what it was called, or None for the lake's own."""


@dataclass
class Journal:
    """One erasure's: what is done is never done again, and what is not is done in this order.

    While it is open it holds, in a file of its own, the people's values in clear: without them nobody could go on.

    Attributes:
        storage: where it is kept.
        folder: its location.
        document: what is kept of it for ever: id, begun, state, landing, before (what readers saw of each table), rows
            (stored rows of theirs in each table, before anything was destroyed), steps; nobody's values.
        plan: what is kept until the end: ``subjects``, ``files`` (delivered contents that held their records), and
            ``rewritten`` (delivered files: source, name, and SHA-256 as they were rewritten and as they were before).
    """

    storage: Storage
    folder: str
    document: dict[str, Any]
    plan: dict[str, Any] = field(default_factory=dict)

    @property
    def erasure_id(self) -> str:
        """Names the erasure in snapshots and in its certificate."""
        return str(self.document["id"])

    @property
    def begun_ms(self) -> int:
        """When it was begun, epoch ms UTC."""
        return round(datetime.fromisoformat(self.document["begun"]).timestamp() * 1000)

    @property
    def subjects(self) -> Subjects:
        """The people."""
        return Subjects.of_document(self.plan["subjects"])

    @property
    def plan_location(self) -> str:
        """Where the people's values are kept meanwhile."""
        return f"{self.folder}/plan.json"

    def is_done(self, step: str) -> bool:
        """Whether a step was done."""
        return step in self.document["steps"]

    def done(self, step: str, **counts: Any) -> None:
        """Note that a step is done, with what it came to."""
        self.document["steps"][step] = counts | {"at": _now()}
        self.keep()

    def keep_plan(self) -> None:
        """Make the plan durable."""
        write_record(self.storage, self.plan_location, self.plan)

    def begin_again(self) -> None:
        """Let every step be done again: something was left. That it was begun stays noted."""
        self.document["steps"] = {"begin again": {"at": _now()}}
        self.keep()

    def close(self) -> None:
        """Forget the people's values, with every version of them; the erasure is done, or was never begun."""
        self.storage.delete(self.storage.files(self.plan_location))
        self.document["state"] = "done" if self.document["steps"] else "never begun"
        self.keep()

    def keep(self) -> None:
        """Make the document durable."""
        write_record(self.storage, f"{self.folder}/journal.json", self.document)


def begin_journal(
    profile: Profile,
    subjects: Subjects,
    landing: Landing | None,
    files: Sequence[tuple[str, str]],
    before: Mapping[str, int | None],
    rows: Mapping[str, int],
) -> Journal:
    """Begin an erasure: from here on the people's values are durable, and nothing was destroyed yet."""
    erasure_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"
    document: dict[str, Any] = {
        "id": erasure_id,
        "begun": _now(),
        "state": OPEN,
        "landing": landing,
        "before": dict(before),
        "rows": dict(rows),
        "steps": {},
    }
    journal = Journal(storage_of(profile), f"{erasures_folder(profile)}/{erasure_id}", document)
    journal.plan = {"subjects": subjects.document(), "files": list(map(list, files)), "rewritten": []}
    journal.keep()  # first: values without a journal are nobody's to remove
    journal.keep_plan()
    return journal


def open_journal(profile: Profile) -> Journal | None:
    """The erasure that is not finished; None where there is none.

    Raises:
        DamagedLakeError: its journal cannot be read, or its plan is lost.
    """
    storage = storage_of(profile)
    for each in erasures(profile):
        if each.document["state"] == OPEN:
            journal = Journal(storage, each.folder, each.document)
            plan = read_record(storage, journal.plan_location, UNKNOWN)
            if plan is not None:
                journal.plan = plan
                return journal
            if each.document["steps"] and not journal.is_done(CERTIFY):
                raise DamagedLakeError(f"the erasure {journal.erasure_id} is not finished, and its plan is lost")
            journal.close()  # killed before anything was destroyed, or after all was certified
    return None


def drop_of(profile: Profile, landing: Landing) -> Path | str:
    """The drop folder that an erasure is about.

    Raises:
        UsageError: the lake has none of its own, and none was named.
    """
    drop = profile.drop(landing["named"])
    if drop is None:
        raise UsageError("the drop folder is not known any more")
    return drop


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
