"""What must be true of every state, each said in one sentence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.model.lake import ANN, LANDING, TRUSTED, others

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.model.lake import Lake

LOST = "a row is lost of a delivery that is in the ledger, or that a run said to be done"
DOUBLED = "a row is published twice"
BACK = "rows of an erased person can be reached after the certificate"
MISSING = "a snapshot names a file that was deleted"
TAG = "a tag lost its snapshot, or other rows than those of erased people"
HALF = "a reader sees half a run, and is not told"
MIXED = "a tag covers tables of two runs"


def broken(lake: Lake) -> Iterator[str]:
    """The laws that a lake breaks."""
    landing = lake.rows(LANDING, lake.landing.main)
    trusted = lake.rows(TRUSTED, lake.trusted.main)
    if any(lake.rows(name, snap.name) is None for name in (LANDING, TRUSTED) for snap in lake.table(name).snaps):
        yield MISSING
        return
    contents, entered = dict([*lake.drop, *lake.done]), lake.ledger.files(lake.ledger.main)
    delivered = {row for name in entered for row in others(contents.get(name, ()))}
    done = {row for _, rows in lake.done for row in others(rows)}
    if not delivered | done <= set(landing or ()) or not done <= set(trusted or ()):
        yield LOST
    if any(count > 1 for rows in (landing, trusted) for count in Counter(rows).values()):
        yield DOUBLED
    if lake.certified and any(row.startswith(ANN) for row in _reached(lake)):
        yield BACK
    yield from _tag(lake)


def _reached(lake: Lake) -> Iterator[str]:
    for name in (LANDING, TRUSTED):
        for snap in lake.table(name).snaps:
            yield from lake.rows(name, snap.name) or ()


def _tag(lake: Lake) -> Iterator[str]:
    for place, name in enumerate((LANDING, TRUSTED)):
        at = lake.table(name).ref("v1")
        if at is not None and lake.table(name).snap(at) is None:
            yield TAG
        elif lake.tagged is not None:
            rows, was = lake.rows(name, at), lake.tagged[place]
            if at is None or rows is None or others(rows) != others(was) or not set(rows) <= set(was):
                yield TAG
    if lake.tagged is not None and set(others(lake.tagged[0])) != set(others(lake.tagged[1])):
        yield MIXED


def misread(local: Any) -> str | None:
    """The law that what somebody read breaks: half a run is seen only where its writer died, and is told."""
    whole, at_work, told = local.loaded
    return HALF if not whole and (at_work or not told) else None
