"""Jobs with a deliberate defect, made from their own code: no whole table and no increment of theirs gets through."""

from __future__ import annotations

import importlib
import inspect
import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.engine.spark_reader import SparkReader
from catalog.errors import DataRefusedError
from catalog.history.changes import provenance_of
from catalog.read.snapshot_reader import SnapshotReader
from catalog.read.snapshot_relations import SnapshotRelations
from catalog.specs import TABLES
from expectations.increment.names import NAMES_OF_THE_KEY
from expectations.increment.scope import NOTHING_ELSE
from expectations.suites import SUITES
from jobs.incremental import increment
from jobs.lineage import job_for, jobs_in_order
from jobs.run import build, plan
from jobs.run.pipeline import make_table
from jobs.run.plan import Policy
from jobs.run.publish import PublicationQueue
from jobs.run.snapshots import Snapshots, published_snapshots
from jobs.run.validate import Validator
from tests.collected import note_collected
from tests.expectations.test_suites import DEFECTS
from tests.few_rows import for_few_rows
from tests.lake import begun, emptied, make_and_publish
from tests.properties.lake import Lake
from tests.sampled import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.lake import Lake as OpenedLake
    from catalog.read.relation_reader import RelationReader
    from expectations.validation.validate import Verdict
    from jobs.job import Job

Record = dict[str, Any]
START, DAY = 1_704_067_200_000, 86_400_000
FIRST, SECOND = START + 1000, START + DAY + 1000
PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")
WHOLE, INCREMENT = "whole", "increment"


@dataclass(frozen=True)
class Mutation:
    """A defect of a job.

    Attributes:
        table: what the job makes.
        defect: what is wrong.
        check: one that must fail for it.
        module: whose code is changed.
        old: stands once in that code.
        new: stands there instead.
        modes: in which ways the table is made with it.
    """

    table: str
    defect: str
    check: str
    module: str
    old: str
    new: str
    modes: tuple[str, ...] = (WHOLE, INCREMENT)


CUSTOMER = ("trusted.customer_trusted", "jobs.customer_landing_to_trusted")
MOTION = ("trusted.accelerometer_trusted", "jobs.accelerometer_landing_to_trusted")
STEP = ("trusted.step_trainer_trusted", "jobs.step_trainer_landing_to_trusted")
CURATED = ("curated.customer_curated", "jobs.customer_trusted_to_curated")
TRAINING = ("curated.machine_learning_curated", "jobs.trainer_trusted_to_curated")
CONSENT, HOLDING = "jobs.consent", "jobs.holding"
ADDING, GATHERING = "jobs.incremental.increment", "jobs.incremental.rows"
_AGREED, _SINCE = "shareWithResearchAsOfDate IS NOT NULL", " AND r.timestamp >= c.shareWithResearchAsOfDate"
_NEWEST = "lastUpdateDate DESC, shareWithResearchAsOfDate DESC NULLS FIRST"
_DELETE, _NOTHING = (
    "Increment(reader.find(spec, snapshots[spec.identifier], subject_of(spec).column, keys)",
    "Increment(()",
)
_CONCERNED, _NOBODY = "[self._of_affected(spec)]", '[f"({self._of_affected(spec)} LIMIT 0)"]'


# Whole tables are made wrong in test_suites, too; of one table it is shown that jobs' defects come to the same.
_MODES = {CUSTOMER: (WHOLE, INCREMENT)}


def _of(job: tuple[str, str], defect: str, check: str, old: str, new: str) -> Mutation:
    """A defect in the job's own module."""
    return _in(job[1], job, defect, check, old, new)


def _in(module: str, job: tuple[str, str], defect: str, check: str, old: str, new: str, *modes: str) -> Mutation:
    """A defect in what the job uses."""
    return Mutation(job[0], defect, check, module, old, new, modes or _MODES.get(job, (INCREMENT,)))


MUTATIONS = [
    _of(CUSTOMER, "consent filter dropped", "everyone_agreed", f"WHERE l.{_AGREED}", ""),
    _of(CUSTOMER, "consent filter inverted", "everyone_agreed", "IS NOT NULL", "IS NULL"),
    _of(
        CUSTOMER,
        "withdrawal ignored",
        "everyone_agreed",
        "({latest_records(customer_landing)})",
        f"({{latest_records(f'(SELECT * FROM {{customer_landing}} WHERE {_AGREED})')}})",
    ),
    _of(CUSTOMER, "consent to another purpose", "everyone_who_agreed_is_here", "Research", "Public"),
    _in(
        CONSENT,
        CUSTOMER,
        "first record instead of the latest",
        "records_are_the_latest",
        _NEWEST,
        _NEWEST.replace(" DESC", "", 1),
    ),
    _in(CONSENT, CUSTOMER, "latest by arrival alone", "records_are_the_latest", _NEWEST, f"ingestedAt DESC, {_NEWEST}"),
    _in(CONSENT, CUSTOMER, "ties go to consent", "everyone_agreed", _NEWEST, _NEWEST.replace("FIRST", "LAST")),
    _in(
        CONSENT, CUSTOMER, "addresses as they are spelt", "everyone_agreed", "PARTITION BY person", "PARTITION BY email"
    ),
    _of(
        CUSTOMER,
        "refused records ignored",
        "nobody_is_in_doubt",
        "LEFT ANTI JOIN ({suspended_people(customer_landing, quarantine)}) s ON l.person = s.person",
        "",
    ),
    _in(
        CONSENT,
        CUSTOMER,
        "whatever comes later lifts a suspension",
        "nobody_is_in_doubt",
        "<= greatest(q.own, coalesce(max(CASE WHEN r.ingestedAt <= q.arrived THEN r.lastUpdateDate END), 0))",
        "= 0",
    ),
    _in(CONSENT, CUSTOMER, "every record instead of the latest", "one_row_per_customer", "newness = 1", "newness > 0"),
    _in(
        CONSENT,
        CUSTOMER,
        "latest record of a device",
        "everyone_who_agreed_is_here",
        "BY person",
        "BY device",
    ),
    _of(MOTION, "instant of consent ignored", "only_consented_readings", _SINCE, ""),
    _of(MOTION, "as-of comparison reversed", "only_consented_readings", ">= c.", "<= c."),
    _of(MOTION, "instant of consent left out", "every_usable_reading_is_here", ">= c.", "> c."),
    _of(MOTION, "a millisecond too early", "only_consented_readings", _SINCE, f"{_SINCE} - 1"),
    _of(MOTION, "anybody's consent counts", "every_reading_was_delivered", "r.person = c.person AND ", ""),
    _of(MOTION, "under the address that was delivered", "only_consented_readings", "c.email AS user", "r.user"),
    _of(MOTION, "re-deliveries counted", "identical_readings_count_once", "DISTINCT ", ""),
    _of(
        MOTION,
        "one reading an instant",
        "every_usable_reading_is_here",
        "DISTINCT c.email AS user, r.timestamp, r.x",
        "DISTINCT c.email AS user, r.timestamp, max(r.x) OVER (PARTITION BY r.person, r.timestamp) AS x",
    ),
    _in(CONSENT, MOTION, "an hour off", "reading_time_is_the_instant", "s({column})", "s({column} + 3600000)"),
    # What only an increment can do wrong.
    _in(ADDING, CUSTOMER, "withdrawn rows stay", "everyone_agreed", _DELETE, _NOTHING, INCREMENT),
    _in(
        GATHERING,
        CUSTOMER,
        "nobody made again",
        "everyone_who_agreed_is_here",
        _CONCERNED,
        _NOBODY,
        INCREMENT,
    ),
    _in(
        ADDING,
        CUSTOMER,
        "everybody's rows deleted",
        "everyone_who_agreed_is_here",
        "keys = affected.keys_of(spec)",
        "keys = f'(SELECT person AS key FROM {reader.relation(spec, snapshots[spec.identifier])})'",
        INCREMENT,
    ),
    _in(ADDING, MOTION, "withdrawn rows stay", "only_consented_readings", _DELETE, _NOTHING, INCREMENT),
    _in(
        GATHERING,
        MOTION,
        "held rows made again",
        "identical_readings_count_once",
        "ANTI JOIN ({inputs.held_again(news)}) USING ({grain})",
        "",
        INCREMENT,
    ),
    _in(
        GATHERING,
        MOTION,
        "inputs as they were",
        "every_usable_reading_is_here",
        "rows_of(spec, self.current[spec.identifier])",
        "rows_of(spec, self.previous.get(spec.identifier, self.current[spec.identifier]))",
        INCREMENT,
    ),
    _in(ADDING, CURATED, "withdrawn rows stay", "only_trusted_customers_with_readings", _DELETE, _NOTHING),
    _in(GATHERING, CURATED, "nobody made again", "every_customer_with_readings_is_here", _CONCERNED, _NOBODY),
    _of(
        STEP,
        "instant of consent ignored",
        "only_consented_readings",
        "greatest(h.since, c.shareWithResearchAsOfDate)",
        "h.since",
    ),
    _of(STEP, "turns do not end", "only_consented_readings", " AND r.sensorReadingTime < t.until", ""),
    _in(
        HOLDING,
        STEP,
        "who has a device now always had it",
        "only_consented_readings",
        "SELECT device, person, since, until FROM alone",
        "SELECT device, person, CAST(0 AS bigint) AS since, until FROM alone",
    ),
    _in(
        HOLDING,
        STEP,
        "of two holders the first by name",
        "only_consented_readings",
        "coalesce(lead(until) OVER longest_first, moment)",
        "moment",
    ),
    _in(
        HOLDING,
        STEP,
        "another's naming ends no turn",
        "only_consented_readings",
        "least(max(g.ends), max(n.next_moment))",
        "max(g.ends)",
    ),
    _in(ADDING, STEP, "withdrawn rows stay", "only_consented_readings", _DELETE, _NOTHING),
    _in(GATHERING, STEP, "nobody made again", "every_usable_reading_is_here", _CONCERNED, _NOBODY),
    _of(TRAINING, "joined by time alone", "no_pair_is_surplus", "d.person = m.person AND ", ""),
    _of(TRAINING, "another's device", "pairs_are_of_one_person", "d.person = m", "d.person <> m"),
    _in(
        TRAINING[1],
        TRAINING,
        "named by device",
        "pseudonyms_are_of_the_key",
        "pseudonym(person)",
        "pseudonym(device)",
        WHOLE,
        INCREMENT,
    ),
    _of(TRAINING, "one pseudonym for all", "pairs_are_of_one_person", "pseudonym(person)", "pseudonym('all')"),
    _of(
        TRAINING,
        "two devices' readings",
        "no_row_stands_twice",
        "SELECT DISTINCT person, sensor",
        "SELECT person, sensor",
    ),
    _in(ADDING, TRAINING, "withdrawn rows stay", "no_pair_is_surplus", _DELETE, _NOTHING),
    _in(
        ADDING,
        TRAINING,
        "everybody's rows deleted",
        "no_pair_is_missing",
        "keys = affected.keys_of(spec)",
        "keys = f'(SELECT pseudonym AS key FROM {reader.relation(spec, snapshots[spec.identifier])})'",
    ),
    _in(GATHERING, TRAINING, "nobody made again", "no_pair_is_missing", _CONCERNED, _NOBODY),
    _in(
        GATHERING,
        TRAINING,
        "held rows made again",
        "no_row_stands_twice",
        "ANTI JOIN ({inputs.held_again(news)}) USING ({grain})",
        "",
    ),
    _in(
        GATHERING,
        TRAINING,
        "new readings meet only new ones",
        "no_pair_is_missing",
        "parts += [self._met(spec, source, new) for source, new in news.items() if source != spec]",
        "",
    ),
]
CASES = sorted(
    ((mutation, mode) for mutation in MUTATIONS for mode in mutation.modes),
    key=lambda case: [job.writes for job in jobs_in_order()].index(case[0].table),
)

# Of a table's increments one is judged in its scope by Spark, too: that takes seconds.
_IN_SCOPE_TOO = {mutation.table: mutation for mutation in MUTATIONS if INCREMENT in mutation.modes}.values()


def _customer(name: str, updated: int, since: int | None, device: str = "") -> Record:
    record: Record = {
        "customerName": f"{name} of STEDI",
        "email": f"{name}@example.test",
        "phone": "5550100",
        "birthDay": "1990-01-01",
        "serialNumber": device or f"device-{name}",
        "registrationDate": START,
        "lastUpdateDate": START + updated,
    }
    return record if since is None else record | {"shareWithResearchAsOfDate": since}


def _motion(name: str, time: int, x: float = 1.0) -> Record:
    return {"user": f"{name}@example.test", "timestamp": time, "x": x, "y": 0.0, "z": 0.0}


def _step(name: str, time: int, distance: int) -> Record:
    return {"sensorReadingTime": time, "serialNumber": f"device-{name}", "distanceFromObject": distance}


def _refused(record: Record) -> Record:
    """A record that lacks a required field."""
    return {name: value for name, value in record.items() if name != "phone"}


# dora withdraws at once; tim's older record arrives later; cleo and sam have a device at once; gil has no motion; jon's
# consent is suspended; bo had chain-1 and has chain-2, which cy had, who has chain-3; duo has two devices.
BEFORE = {
    "customer": [
        _customer("ann", 0, START),
        _customer("ben", 0, FIRST),
        _customer("wil", 0, START),
        _customer("hal", 0, START),
        _customer("gil", 0, START),
        _customer("nora", 0, None),
        _customer("cleo", 0, START, "device-shared"),
        _customer("sam", 1, None, "device-shared"),
        _customer("dora", 0, START),
        _customer("dora", 5, None),
        _customer("tim", 9, FIRST),
        _customer("tim", 0, START),
        _customer("ida", 0, START),
        _customer("jon", 5, START),
        _refused(_customer("jon", 4, None)),
        _customer("olga", 0, None, "device-hand"),
        _customer("nils", 0, START),
        _customer("bo", 0, START, "device-chain-1"),
        _customer("bo", 1, START, "device-chain-2"),
        _customer("cy", 0, START, "device-chain-2"),
        _customer("cy", 2, START, "device-chain-3"),
        _customer("duo", 0, START, "device-duo-a"),
        _customer("duo", 5, START, "device-duo-b"),
        _customer("una", 0, START, "device-lent"),
        _customer("vic", 0, None),
    ],
    "accelerometer": [
        *(_motion(name, FIRST) for name in ("ann", "ann", "ben", "wil", "hal", "nora", "cleo", "sam", "dora", "tim")),
        *(_motion(name, FIRST) for name in ("ida", "jon", "olga", "nils", "bo", "cy", "duo", "una")),
        _motion("ann", FIRST, 2.0),
        _motion("ben", FIRST - 1),
        _motion("tim", FIRST - 500),
        _motion("ann", START + 5000),
    ],
    "step_trainer": [
        *(_step(name, FIRST, 10) for name in ("ann", "ann", "wil", "hal", "nora", "shared", "gil", "tim")),
        *(_step(name, FIRST, 50) for name in ("ida", "jon", "hand", "chain-2", "chain-3", "duo-a", "duo-b", "lent")),
        _step("chain-2", START, 51),
        _step("ben", FIRST, 20),
        _step("ben", FIRST - 1, 21),
        _step("tim", FIRST - 500, 71),
        _step("ann", START + 3000, 12),
    ],
}
# wil withdraws; pam has hal's device; eve's older record arrives later, and one of hal's; kim and lou share a device;
# ray has no motion; ida's withdrawal cannot be read; an old record of jon's comes again; lea's records disagree; max's
# two spellings are one person; olga's device is handed over to nils, and una's to vic; ax has the chain's first device.
AFTER = {
    "customer": [
        _customer("wil", 20, None),
        _customer("pam", 20, None, "device-hal"),
        _customer("eve", 50, SECOND),
        _customer("eve", 10, START),
        _customer("noel", 10, None),
        _customer("zed", 10, START),
        _customer("zed", 15, None),
        _customer("kim", 10, START, "device-two"),
        _customer("lou", 11, None, "device-two"),
        _customer("ray", 10, START),
        _customer("hal", -5, START),
        _refused(_customer("ida", 20, None)),
        _customer("jon", 3, START),
        _customer("lea", 10, START),
        _customer("lea", 10, None),
        _customer("max", 10, START),
        _customer("MAX", 15, None, "device-max"),
        _customer("olga", 50_000, None, "device-new"),
        _customer("nils", 60_000, START, "device-hand"),
        _customer("ax", 20, START, "device-chain-1"),
        _customer("vic", 600, None, "device-lent"),
    ],
    "accelerometer": [
        *(_motion(name, SECOND) for name in ("ann", "ann", "ben", "wil", "hal", "nora", "cleo", "sam", "tim")),
        *(_motion(name, SECOND) for name in ("eve", "noel", "zed", "kim", "lou", "pam")),
        *(_motion(name, SECOND) for name in ("ida", "jon", "lea", "max", "olga", "nils", "bo", "cy", "ax", "duo")),
        _motion("ann", SECOND, 2.0),
        _motion("ann", FIRST),
        _motion("ANN", SECOND, 5.0),
        _motion("ann", START + 3000, 3.0),
        _motion("ben", FIRST, 7.0),
        _motion("ben", FIRST - 1, 7.0),
        _motion("eve", SECOND - 1),
        _motion("eve", SECOND + 1),
    ],
    "step_trainer": [
        *(_step(name, SECOND, 11) for name in ("ann", "ann", "wil", "hal", "nora", "shared", "gil", "tim")),
        *(_step(name, SECOND, 30) for name in ("eve", "noel", "zed", "two", "ray")),
        *(_step(name, SECOND, 60) for name in ("ida", "jon", "lea", "max", "hand", "chain-1", "chain-2", "chain-3")),
        *(_step(name, SECOND, 61) for name in ("duo-a", "duo-b")),
        _step("ann", FIRST, 10),
        _step("ann", START + 5000, 13),
        _step("ben", SECOND, 22),
        _step("ben", FIRST, 24),
        _step("ben", FIRST - 1, 23),
        _step("eve", SECOND - 1, 31),
        _step("eve", SECOND + 1, 32),
    ],
}


class Mutants:
    """A lake with a second delivery landed, in which the tables are made again one by one, first by mutants."""

    def __init__(self, lake: Lake) -> None:
        self.lake, self.waiting = lake, jobs_in_order()
        lake.run(lake.deliver(BEFORE))
        lake.run(lake.deliver(AFTER), tables=0)

    def bring_to(self, identifier: str) -> None:
        """Make the tables before this one by the right jobs, which must get through."""
        while self.waiting[0].writes != identifier:
            with begun(self.lake.opened, Policy(ratio=math.inf)) as context:
                queue = make_and_publish(context, self.waiting.pop(0))
            assert queue.results[-1].how.startswith("incremental")


@pytest.fixture(scope="module")
def mutants(lake: OpenedLake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mutants]:
    yield Mutants(Lake(lake, tmp_path_factory.mktemp("drops")))
    emptied(lake)


def _code(module: str, old: str = "", new: str = "", **names: object) -> dict[str, Any]:
    """The module's names, made anew from its code with the change; and these names in place of imported ones."""
    source = inspect.getsource(importlib.import_module(module))
    if old:
        assert source.count(old) == 1, f"{module} has {source.count(old)} times {old!r}"
        source = source.replace(old, new)
    made: dict[str, Any] = {"__name__": module}
    exec(compile(source, module, "exec"), made)  # noqa: S102 - the project's own code
    return _renamed(made, names)


def _renamed(made: dict[str, Any], names: dict[str, object]) -> dict[str, Any]:
    made.update({name: value for name, value in names.items() if name in made and not name.startswith("__")})
    return made


def _mutate(mutation: Mutation, patch: pytest.MonkeyPatch) -> Job:
    """The job with the mutation in it, or in what makes its increments."""
    job, code = job_for(mutation.table), _code(mutation.module, mutation.old, mutation.new)
    if mutation.module == ADDING:
        patch.setattr(build, "increment", code["increment"])
        return job
    if mutation.module == GATHERING:
        for name in ("added_rows", "IncrementInputs"):
            patch.setattr(increment, name, code[name])
        return job
    module = job.transform.__module__
    if mutation.module != module:
        code = _code(module, **{name: code[name] for name in _imported(module, mutation.module)})
    return replace(job, transform=code[job.transform.__name__])


def _imported(module: str, other: str) -> list[str]:
    """The functions that a module imports from another."""
    names = vars(importlib.import_module(module))
    return [name for name, value in names.items() if inspect.isfunction(value) and value.__module__ == other]


def _refused_run(lake: OpenedLake, job: Job, policy: Policy) -> PublicationQueue:
    """What came of a run of the job, which must be refused."""
    with begun(lake, policy) as context:
        queue, snapshots = PublicationQueue(context), published_snapshots(lake)
        with pytest.raises(DataRefusedError), queue.publish_or_discard():
            make_table(context, queue, job, snapshots)
    return queue


@pytest.fixture(autouse=True)
def _same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant is what was shipped all along: its increments are asked for, and no rebuild for its other words."""
    monkeypatch.setattr(plan, "has_todays_meaning", lambda *_: True)


def test_rows_that_go_unseen_are_counted(mutants: Mutants, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that cannot see what was taken away still counts that fewer rows are there."""
    [deleted] = [m for m in MUTATIONS if m.table == CUSTOMER[0] and m.defect == "everybody's rows deleted"]
    mutants.bring_to(deleted.table)
    monkeypatch.setattr(SnapshotRelations, "removed", lambda reader, spec, *_: reader.relation(spec, None))
    [verdict] = _refused_run(mutants.lake.opened, _mutate(deleted, monkeypatch), Policy(ratio=math.inf)).verdicts
    assert NOTHING_ELSE.name in {result.name for result in verdict.results if not result.success}


@pytest.fixture(scope="module")
def by_spark(spark: SparkSession, mutants: Mutants) -> Iterator[SparkReader]:
    with SparkReader(spark, mutants.lake.opened.profile) as reader:
        yield for_few_rows(reader)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What validators are asked."""
    arguments: list[Any] = []
    validate_candidate = Validator.validate_candidate

    def noted(validator: Validator, *given: Any) -> Verdict:
        arguments.append(given)
        return validate_candidate(validator, *given)

    monkeypatch.setattr(Validator, "validate_candidate", noted)
    return arguments


def _whole(reader: RelationReader, identifier: str, snapshots: Snapshots) -> dict[str, Any]:
    """The facts of the whole table."""
    return Validator(reader, "other").verdict(SUITES[identifier], snapshots).facts


def _in_scope(
    reader: RelationReader, identifier: str, snapshots: Snapshots, before: int | None, scope: Any
) -> dict[str, Any]:
    """The facts of what an increment is judged on, its relations made by the reader."""
    scope_by_reader = partial(scope.func, reader, *scope.args[1:])
    return Validator(reader, "other").validate_candidate(identifier, snapshots, before, scope_by_reader).facts


def _compare_increments(lake: OpenedLake, by_spark: SparkReader, job: Job) -> None:
    """The people that an increment concerns, and its rows, are the same by either engine."""
    snapshots = published_snapshots(lake)
    made_from = provenance_of(lake.table(TABLES[job.writes]).metadata, snapshots[job.writes])
    assert made_from is not None
    found = []
    with begun(lake) as context:
        functions, readers = context.functions(job), (context.reader, by_spark)
        for reader in readers:
            affected = increment.affected_subjects(reader, job, made_from, snapshots, functions)
            rows = reader.table(increment.increment(affected, job, made_from, snapshots, functions).rows).to_pylist()
            sets = [
                {key for (key,) in reader.fetch(f"SELECT key FROM {keys}")}
                for keys in (affected.people, affected.devices)
            ]
            found.append((*sets, Counter(tuple(row.values()) for row in rows)))
    assert found[0] == found[1]
    assert found[0][0]


@pytest.mark.spark
@pytest.mark.parametrize(("mutation", "mode"), sampled(CASES, 2), ids=lambda value: getattr(value, "defect", value))
def test_a_mutant_is_refused(
    mutants: Mutants,
    mutation: Mutation,
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
    asked: list[Any],
    by_spark: SparkReader,
) -> None:
    mutants.bring_to(mutation.table)
    before = mutants.lake.snapshots()
    policy = Policy(frozenset({mutation.table}) if mode == WHOLE else frozenset(), ratio=math.inf)
    [verdict] = _refused_run(mutants.lake.opened, _mutate(mutation, monkeypatch), policy).verdicts
    assert mutation.check in {result.name for result in verdict.results if not result.success}
    assert not [result.name for result in verdict.results if result.error]
    assert (NOTHING_ELSE.name in {result.name for result in verdict.results}) == (mode == INCREMENT)
    assert mutants.lake.snapshots() == before
    identifier, snapshots, *others = asked[-1]
    with SnapshotReader(mutants.lake.opened.profile) as embedded:
        assert _whole(by_spark, identifier, snapshots) == _whole(embedded, identifier, snapshots)
    if mode == INCREMENT and mutation in _IN_SCOPE_TOO:
        with monkeypatch.context() as patch:
            noted = note_collected(patch)
            assert _in_scope(by_spark, identifier, snapshots, *others) == verdict.facts
        # Facts, days and names of files: nobody's name, and nobody's reading.
        texts = {value for row in noted.rows for value in row if isinstance(value, str)}
        assert noted.rows
        assert all(text.endswith(".parquet") for text in texts)
        _compare_increments(mutants.lake.opened, by_spark, job_for(mutation.table))


def test_every_check_of_every_suite_refuses_a_defect() -> None:
    refusing = {(identifier, check) for identifier, _, _, checks in DEFECTS for check in checks}
    checks = {(identifier, check.name) for identifier, suite in SUITES.items() for check in suite.checks}
    assert checks - refusing == set()
    assert {"columns_are_as_declared"} <= {check for _, check in refusing}
    assert NAMES_OF_THE_KEY.name in {mutation.check for mutation in MUTATIONS}


def test_the_catalogue_names_each_defect_once() -> None:
    names = [(mutation.table, mutation.defect) for mutation in MUTATIONS]
    assert len(set(names)) == len(names)


def _score() -> list[str]:
    lines = [
        "| table | checks | defects of its rows | of its job, whole | of its job, incremental |",
        "|---|---|---|---|---|",
    ]
    totals = [0, 0, 0, 0]
    for identifier in TABLES:
        counts = [
            len(SUITES[identifier].checks) + 1,
            sum(name == identifier for name, *_ in DEFECTS),
            *(sum(case.table == identifier and each == mode for case, each in CASES) for mode in (WHOLE, INCREMENT)),
        ]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        lines.append(f"| {identifier} | {' | '.join(map(str, counts))} |")
    return [*lines, f"| **all, each of them caught** | {' | '.join(f'**{total}**' for total in totals)} |"]


def test_the_page_shows_the_score() -> None:
    assert "\n".join(_score()) in PAGE, "\n".join(_score())
    assert "tests/expectations" in PAGE
