"""What ``stedi demo`` does: two deliveries, a run for each, and the story read from the lake."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.drop.listing import shown
from catalog.errors import UsageError
from catalog.history.status import has_lake, lake_status
from catalog.history.tags import tag_lake
from catalog.history.time_travel import open_table, tags
from catalog.profiles.glue import GlueProfile
from catalog.profiles.writer_lock import writer_lock
from catalog.specs.landing import DELIVERED_FILE
from jobs.cli.demo_text import tell
from jobs.cli.options import DEFAULT_LAKE
from jobs.demo import deliveries, story
from jobs.demo.people import cast_of, person_of
from jobs.pseudonym import load_key, pseudonym

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import Profile
    from jobs.cli.output import Output
    from jobs.run.lake import ReportedRun
    from jobs.simulator import Scenario

_KEEP_DAYS = 30
_WAIT_SECONDS = 10


def demonstrate(place: Profile, folder: Path, wanted: Scenario, out: Output) -> None:
    """Run the demonstration and print its story, or one document with the same numbers.

    Args:
        place: the lake.
        folder: where deliveries are written; on S3, a temporary one.
        wanted: what to invent where the folder is new.
        out: for progress and the story.

    Raises:
        UsageError: the lake holds other data.
        DataRefusedError: a suite refused data.
        DamagedLakeError: a change of consent did not reach the training table.
    """
    if not folder.exists():
        _refuse_used(place)
        deliveries.write_first(folder, wanted)
    scenario = deliveries.scenario_in(folder)
    if scenario is None:
        result = _deliver_and_run(place, folder, out)
        tell(_document(place, folder, None, result), out)
        return
    if not _is_tagged(place):
        deliveries.take_back_second(folder)
        _deliver_and_run(place, folder, out)
        with writer_lock(place, _WAIT_SECONDS):
            tag_lake(place, story.FIRST, _KEEP_DAYS)
    deliveries.write_second(folder, scenario)
    result = _deliver_and_run(place, folder, out)
    tell(_document(place, folder, scenario, result), out)


def _deliver_and_run(place: Profile, folder: Path, out: Output) -> ReportedRun:
    from jobs.run.lake import LakeOptions, run_lake

    if isinstance(place, GlueProfile):
        place.deliver(folder)
    drop = place.drop(None) if isinstance(place, GlueProfile) else folder
    return run_lake(LakeOptions(place, _WAIT_SECONDS, create=True), out, drop, None)


def _document(place: Profile, folder: Path, scenario: Scenario | None, result: ReportedRun) -> dict[str, Any]:
    moment = story.FIRST if scenario else None
    return {
        "profile": place.name,
        "lake": place.place,
        "options": _options(place),
        "landing": shown(folder if place.name == "local" else place.drop(None) or ""),
        "customers": scenario.customers if scenario else None,
        "delivery": story.landed_and_refused(place, moment),
        "consent": story.kept_out(place, moment),
        "change": _changed(place, folder, scenario) if scenario else None,
        "tables": [vars(state) for state in lake_status(place)],
        "suspendedPeople": result.suspended,
        "run": result.run_id,
        "report": result.report,
    }


def _changed(place: Profile, folder: Path, scenario: Scenario) -> dict[str, Any]:
    cast, key = cast_of(scenario), load_key(place, folder)
    asked = {
        "all": story.before_and_after(place),
        "withdrew": story.before_and_after(place, pseudonym(person_of(cast.withdrawing), key)),
        "agreed": story.before_and_after(place, pseudonym(person_of(cast.agreeing), key)),
    }
    story.check_consent(asked["withdrew"], asked["agreed"])
    return {
        "tables": story.changes(place),
        "queries": {who: [asdict(each) for each in pair] for who, pair in asked.items()},
        "tag": story.FIRST,
        "keptDays": story.kept_days(place),
    }


def _options(place: Profile) -> str:
    """The options that name the lake, where the defaults do not."""
    return "" if place.place == str(DEFAULT_LAKE.resolve()) else place.options


def _refuse_used(place: Profile) -> None:
    if has_lake(place) and open_table(place, DELIVERED_FILE).current_snapshot() is not None:
        raise UsageError(
            f"{place.place} already holds other data; remove it, choose another lake with --lake, or give the drop "
            "folder that it was made from with --landing"
        )


def _is_tagged(place: Profile) -> bool:
    return has_lake(place) and story.FIRST in tags(open_table(place, DELIVERED_FILE))
