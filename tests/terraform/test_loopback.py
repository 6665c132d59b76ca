"""The whole platform, applied to AWS's API on loopback: made, run, found unchanged, and taken down again.

The tests build on each other, in this order: applying takes more than a minute.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from catalog.history.status import lake_status
from catalog.lake import open_lake
from catalog.profiles.glue import GlueProfile
from catalog.profiles.settings import load_settings
from catalog.specs import TABLES
from jobs.deployment.package import build
from jobs.deployment.secret import ensure_key
from jobs.simulator import Delivery, Scenario, simulate
from tests.authoriser import mutants, places
from tests.authoriser.account import Account
from tests.authoriser.authoriser import Authoriser
from tests.authoriser.founding import found_account, role_arn
from tests.authoriser.grants import LakeFormation
from tests.authoriser.policy import Principal, Question
from tests.authoriser.request import ACCOUNT
from tests.authoriser.table import PEOPLE, rows
from tests.jobs.deployment.asl import Machine
from tests.terraform.answers import Answers
from tests.terraform.conftest import ROOT, initialised
from tests.terraform.glue import LocalGlue, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.profiles.emulator import Emulator
    from tests.terraform.conftest import Terraform

pytestmark = [pytest.mark.loopback, pytest.mark.spark]

SERVICES = [
    "athena", "budgets", "cloudtrail", "cloudwatch", "events", "glue", "iam", "kms", "lakeformation", "logs", "s3",
    "scheduler", "secretsmanager", "sfn", "sns", "sts",
]  # fmt: skip
PROVIDER = """
terraform {{
  backend "local" {{}}
}}

provider "aws" {{
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  max_retries                 = 2

  endpoints {{
{endpoints}
  }}
}}
"""
VALUES = [
    "-input=false",
    "-var-file=environments/dev.tfvars",
    "-var=package_dir=../package",
    "-var=manage_account_settings=true",
    f'-var=lake_administrators=["arn:aws:iam::{ACCOUNT}:role/deploy"]',
    "-parallelism=30",
    "-var=principals={" + ",".join(f'{each.replace("-", "_")}=["{role_arn(f"sso-{each}")}"]' for each in PEOPLE) + "}",
]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """What moto lacks, in front of it."""
    return Answers()


@pytest.fixture(scope="module")
def authoriser(emulator: Emulator, answers: Answers) -> Iterator[Authoriser]:
    """Before both: nobody does what AWS would not let them do. What signs as "testing" is the one who deploys."""
    account = Account(answers.bucket_policy, answers.catalog_encryption)
    made = Authoriser(account, LakeFormation(answers.filters), answers)
    found_account(made)
    emulator.interrupt = made
    yield made
    emulator.interrupt = None


@pytest.fixture(scope="module")
def platform(
    emulator: Emulator,
    authoriser: Authoriser,
    terraform_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Terraform:
    """The platform, applied."""
    _ = authoriser
    place = tmp_path_factory.mktemp("loopback")
    _package(place / "package")
    endpoints = "\n".join(f'    {service} = "{emulator.endpoint}"' for service in SERVICES)
    disposable = ROOT / "terraform" / "disposable"
    overrides = {str(path.relative_to(disposable)): path.read_text() for path in disposable.rglob("*.tf")}
    overrides["loopback_override.tf"] = PROVIDER.format(endpoints=endpoints)
    made = initialised(place, terraform_environment | {"AWS_EC2_METADATA_DISABLED": "true"}, overrides)
    made("apply", "-auto-approve", *VALUES)
    return made


def _package(folder: Path) -> None:
    """Our code as it is deployed; Terraform uploads the dependencies, but this machine has them already."""
    manifest = build(folder, dependencies=False)
    document = json.loads(manifest.read_text(encoding="utf-8"))
    (folder / "dependencies.gluewheels.zip").write_bytes(b"")
    document["artefacts"]["dependencies"] = {"file": "dependencies.gluewheels.zip", "sha256": "0" * 64}
    manifest.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="module")
def lake(platform: Terraform, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> GlueProfile:
    """The lake that was made, as the CLI finds it: by Terraform's outputs."""
    settings = tmp_path_factory.mktemp("settings") / "settings.json"
    settings.write_text(platform("output", "-json"), encoding="utf-8")
    return GlueProfile(load_settings(file=settings), emulator.endpoint)


def test_planning_again_shows_no_change(platform: Terraform) -> None:
    platform("plan", "-detailed-exitcode", *VALUES)


@pytest.fixture(scope="module")
def delivery(lake: GlueProfile, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """Files in the drop bucket."""
    folder = tmp_path_factory.mktemp("drop") / "landing"
    delivered = simulate(Scenario(customers=20, seed=3, malformed=0.01), folder)
    lake.deliver(folder)
    return delivered


@pytest.fixture(scope="module")
def glue(
    lake: GlueProfile,
    delivery: Delivery,
    authoriser: Authoriser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalGlue]:
    """The lineage has run: the state machine that is there, with the jobs that are there, and all their requests."""
    _ = delivery
    for secret in (lake.settings.pseudonym_secret_arn, lake.settings.certificate_secret_arn):
        ensure_key(lake.client("secretsmanager"), secret)
    machine = lake.client("stepfunctions").describe_state_machine(stateMachineArn=lake.settings.state_machine_arn)
    with LocalGlue(lake, tmp_path_factory.mktemp("glue")) as started:
        Machine(started).run(json.loads(machine["definition"]))
        listed = f"{_without_consent(lake)}\n".encode()
        officer = authoriser.sign_as(places.principal("privacy-officer"))
        client_of(lake, "s3", officer).put_object(
            Bucket=lake.settings.requests_bucket, Key="people/list.txt", Body=listed
        )
        for job in ("erase", "maintain"):
            arn = f"{lake.settings.state_machine_arn}-{job}"
            machine = lake.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
            Machine(started).run(json.loads(machine["definition"]))
        yield started


def _without_consent(lake: GlueProfile) -> str:
    """Somebody whose readings the training table does not hold."""
    opened, names = open_lake(lake), ("landing.customer_landing", "trusted.customer_trusted")
    landed, trusted = (
        set(opened.table(TABLES[name]).scan(selected_fields=("person",)).to_arrow()["person"].to_pylist())
        for name in names
    )
    return min(str(person) for person in landed - trusted)


def test_the_state_machine_makes_every_table_on_what_was_applied(
    lake: GlueProfile, glue: LocalGlue, delivery: Delivery
) -> None:
    states = {state.table: state for state in lake_status(lake)}
    assert states["curated.machine_learning_curated"].rows == delivery.usable_accelerometer > 0
    assert glue.ran[0] == "stedi-dev-ingest_landing"
    assert glue.told == []


def test_the_jobs_that_delete_erase_whom_the_list_names_and_maintain(lake: GlueProfile, glue: LocalGlue) -> None:
    assert glue.ran[-2:] == ["stedi-dev-erase", "stedi-dev-maintain"]
    stored = lake.client("s3").list_object_versions(Bucket=lake.settings.requests_bucket)
    assert [each["Key"] for each in stored["Versions"]] == ["certificates/000001.json"]
    [erased] = [line for line in glue.lines["stedi-dev-erase"] if "certificate" in line]
    assert erased["removedRows"] > 0
    maintained = {line.get("table") for line in glue.lines["stedi-dev-maintain"] if line.get("rewrittenFiles")}
    assert "quality.validation_result" in maintained


def test_tables_are_in_the_bucket_of_their_zones_key(lake: GlueProfile, platform: Terraform) -> None:
    curated = json.loads(platform("output", "-json"))["curated_bucket"]["value"]
    for identifier, location in lake.metadata_locations().items():
        zone, name = identifier.split(".")
        bucket = lake.settings.warehouse_bucket if zone in {"landing", "trusted"} else curated
        assert location.startswith(f"s3://{bucket}/{zone}/{name}/metadata/")


def _role(job: str) -> Principal:
    return Principal(role_arn("stedi-dev-job-" + job.removeprefix("stedi-dev-").replace("_", "-")), ACCOUNT)


def test_every_job_did_its_work_by_its_own_role(glue: LocalGlue, authoriser: Authoriser) -> None:
    """And nobody was refused, neither they nor the one who deployed."""
    assert {key: question.resource for key, question in authoriser.refused.items()} == {}
    asked = Counter(principal for principal, _ in authoriser.allowed)
    assert all(asked[_role(job)] > 100 for job in glue.ran)
    assert len(glue.ran) == 8


def test_no_job_may_read_or_write_rows_that_it_has_nothing_to_do_with(
    lake: GlueProfile, glue: LocalGlue, authoriser: Authoriser
) -> None:
    """Asked of the files that are there: each job of the rows of every table."""
    files = _data_files(lake)
    tables = json.loads((ROOT / "terraform" / "lineage.auto.tfvars.json").read_text(encoding="utf-8"))["jobs"]
    for job in glue.ran:
        declared = tables[job.removeprefix("stedi-dev-")]
        for table, arns in files.items():

            def may(action: str, arns: list[str] = arns, job: str = job) -> set[bool]:
                return {authoriser.decide(_role(job), Question(action, arn)) for arn in arns}

            reads = table in [*declared["reads"], *declared["writes"]]
            assert may("s3:GetObject") == {reads}, (job, table)
            assert may("s3:PutObject") == {table in declared["writes"]}, (job, table)
            assert may("s3:DeleteObject") == {table in declared["writes"]}, (job, table)


def _data_files(lake: GlueProfile) -> dict[str, list[str]]:
    s3, found = lake.client("s3"), dict[str, list[str]]()
    for location in lake.metadata_locations().values():
        bucket, _, key = location.removeprefix("s3://").partition("/")
        zone, table, _ = key.split("/", 2)
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{zone}/{table}/data/").get("Contents", ())
        if listed:
            found[f"{zone}.{table}"] = [f"arn:aws:s3:::{bucket}/{each['Key']}" for each in listed]
    assert len(found) >= 9
    return found


@pytest.mark.parametrize("role", ["engineer", "analyst", "data-scientist", "privacy-officer"])
def test_people_reach_no_file_but_through_lake_formation(
    lake: GlueProfile, glue: LocalGlue, authoriser: Authoriser, role: str
) -> None:
    _ = glue
    person = Principal(role_arn(f"stedi-dev-{role}"), ACCOUNT)
    for arns in _data_files(lake).values():
        assert not [arn for arn in arns if authoriser.decide(person, Question("s3:GetObject", arn))]


ROWS = list(rows())


@pytest.fixture(scope="module")
def asked(glue: LocalGlue, authoriser: Authoriser) -> list[mutants.Asked]:
    """All that the deployment and the lineage were allowed, and all that the table asks."""
    _ = glue
    decided = [(who, question) for (who, _key), question in authoriser.allowed.items()]
    return decided + [(places.principal(row.who), places.question(row)) for row in ROWS]


@pytest.mark.parametrize("who", sorted({row.who for row in ROWS}))
def test_who_may_do_what(asked: list[mutants.Asked], authoriser: Authoriser, who: str) -> None:
    _ = asked
    told = [row for row in ROWS if row.who == who]
    wrong = [row for row in told if authoriser.decide(places.principal(who), places.question(row)) != row.may]
    assert [str(row) for row in wrong] == []


def test_the_table_asks_each_question_once_and_hears_both_answers() -> None:
    assert [name for name, times in Counter(map(str, ROWS)).items() if times > 1] == []
    assert {row.may for row in ROWS} == {True, False}
    assert len(ROWS) > 1000


def test_each_statement_and_each_grant_is_needed(asked: list[mutants.Asked], authoriser: Authoriser) -> None:
    """Taken out alone, or one of its actions, it changes what was allowed or what the table says."""
    without = [
        *mutants.statement_mutants(authoriser, asked, places.PREFIX),
        *mutants.grant_mutants(authoriser, asked),
        *mutants.filter_mutants(authoriser, asked),
    ]
    assert [each.name for each in without if each.seen is None] == []
    assert len(without) > 600


def test_each_limit_is_needed(asked: list[mutants.Asked], authoriser: Authoriser) -> None:
    """A statement without its condition, or about every resource, would do what the table says it must not."""
    wider = list(mutants.limit_mutants(authoriser, asked, places.PREFIX))
    assert [each.name for each in wider if each.seen is None] == []
    assert len(wider) > 100


def test_lake_formation_gives_nothing_by_default(lake: GlueProfile) -> None:
    settings = lake.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    assert settings["DataLakeAdmins"]
    assert not settings.get("CreateDatabaseDefaultPermissions")
    assert not settings.get("CreateTableDefaultPermissions")


def test_the_log_tells_what_metrics_are_made_of(glue: LocalGlue) -> None:
    lines = [line for job in glue.lines.values() for line in job]
    written = {line["table"]: line["rows"] for line in lines if "rows" in line}
    assert written["landing.quarantine"] > 0
    assert set(written) >= {"curated.machine_learning_curated", "landing.quarantine"}


def test_destroying_leaves_nothing(platform: Terraform, answers: Answers, lake: GlueProfile) -> None:
    platform("destroy", "-auto-approve", "-refresh=false", *VALUES)
    assert platform("state", "list") == ""
    assert answers.left == []
    assert lake.client("s3").list_buckets()["Buckets"] == []
    assert lake.client("glue").get_jobs()["Jobs"] == []
    roles = [role["RoleName"] for role in lake.client("iam").list_roles()["Roles"]]
    assert not [name for name in roles if name.startswith("stedi-")]
