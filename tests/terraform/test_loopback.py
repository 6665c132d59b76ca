"""The whole platform, applied to AWS's API on loopback: made, run, found unchanged, and taken down again.

The tests build on each other, in this order: applying takes more than a minute.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from catalog.history.status import lake_status
from catalog.lake import open_lake
from catalog.profiles.glue import GlueProfile
from catalog.profiles.settings import load_settings
from catalog.specs import TABLES
from jobs.deployment.package import build
from jobs.deployment.secret import ensure_key
from jobs.simulator import Delivery, Scenario, simulate
from tests.jobs.deployment.asl import Machine
from tests.terraform.answers import ACCOUNT, Answers
from tests.terraform.conftest import ROOT, initialised
from tests.terraform.glue import LocalGlue
from tests.terraform.iam import allows, asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
]


@pytest.fixture(scope="module")
def answers(emulator: Emulator) -> Iterator[Answers]:
    """What moto lacks, in front of it."""
    made = Answers()
    emulator.interrupt = made
    yield made
    emulator.interrupt = None


@pytest.fixture(scope="module")
def platform(
    emulator: Emulator,
    answers: Answers,
    terraform_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Terraform:
    """The platform, applied."""
    _ = answers
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
    emulator: Emulator,
    answers: Answers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalGlue]:
    """The lineage has run: the state machine that is there, with the jobs that are there, and all their requests."""
    _ = delivery
    for secret in (lake.settings.pseudonym_secret_arn, lake.settings.certificate_secret_arn):
        ensure_key(lake.client("secretsmanager"), secret)
    machine = lake.client("stepfunctions").describe_state_machine(stateMachineArn=lake.settings.state_machine_arn)
    with LocalGlue(lake, tmp_path_factory.mktemp("glue")) as started:

        def record(environ: dict[str, Any], do: Callable[[], None]) -> Any:
            if started.running is not None:
                started.asked[started.running].update(asked(environ))
            return answers(environ, do)

        emulator.interrupt = record
        Machine(started).run(json.loads(machine["definition"]))
        listed = f"{_without_consent(lake)}\n".encode()
        lake.client("s3").put_object(Bucket=lake.settings.requests_bucket, Key="people/list.txt", Body=listed)
        for job in ("erase", "maintain"):
            arn = f"{lake.settings.state_machine_arn}-{job}"
            machine = lake.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
            Machine(started).run(json.loads(machine["definition"]))
        emulator.interrupt = answers
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
    assert next(iter(glue.asked)) == "stedi-dev-ingest_landing"
    assert glue.told == []


def test_the_jobs_that_delete_erase_whom_the_list_names_and_maintain(lake: GlueProfile, glue: LocalGlue) -> None:
    assert list(glue.asked)[-2:] == ["stedi-dev-erase", "stedi-dev-maintain"]
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


def _policy(lake: GlueProfile, role: str, name: str) -> dict[str, Any]:
    document: dict[str, Any] = lake.client("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return document


def _role(job: str) -> str:
    return "stedi-dev-job-" + job.removeprefix("stedi-dev-").replace("_", "-")


def test_every_job_may_do_all_that_it_did(lake: GlueProfile, glue: LocalGlue) -> None:
    for job, requests in glue.asked.items():
        policy = _policy(lake, _role(job), "job")
        assert sorted(request for request in requests if not allows(policy, request)) == [], job
    assert all(len(requests) > 20 for requests in glue.asked.values())


def test_no_job_may_read_or_write_rows_that_it_has_nothing_to_do_with(lake: GlueProfile, glue: LocalGlue) -> None:
    """Asked of the files that are there: each job of the rows of every table."""
    files = _data_files(lake)
    tables = json.loads((ROOT / "terraform" / "lineage.auto.tfvars.json").read_text(encoding="utf-8"))["jobs"]
    for job in glue.asked:
        policy, declared = _policy(lake, _role(job), "job"), tables[job.removeprefix("stedi-dev-")]
        may = partial(allows, policy)
        for table, arns in files.items():
            reads = table in [*declared["reads"], *declared["writes"]]
            assert {may(("s3:GetObject", arn, "")) for arn in arns} == {reads}, (job, table)
            assert {may(("s3:PutObject", arn, "")) for arn in arns} == {table in declared["writes"]}, (job, table)
            assert {may(("s3:DeleteObject", arn, "")) for arn in arns} == {table in declared["writes"]}, (job, table)


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
def test_people_reach_no_file_but_through_lake_formation(lake: GlueProfile, glue: LocalGlue, role: str) -> None:
    _ = glue
    policy = _policy(lake, f"stedi-dev-{role}", "lake")
    for arns in _data_files(lake).values():
        assert not [arn for arn in arns if allows(policy, ("s3:GetObject", arn, ""))]


def test_lake_formation_gives_nothing_by_default(lake: GlueProfile) -> None:
    settings = lake.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    assert settings["DataLakeAdmins"]
    assert not settings.get("CreateDatabaseDefaultPermissions")
    assert not settings.get("CreateTableDefaultPermissions")


def test_the_log_tells_what_metrics_are_made_of(glue: LocalGlue) -> None:
    lines = [line for job in glue.lines.values() for line in job]
    rows = {line["table"]: line["rows"] for line in lines if "rows" in line}
    assert rows["landing.quarantine"] > 0
    assert set(rows) >= {"curated.machine_learning_curated", "landing.quarantine"}


def test_destroying_leaves_nothing(platform: Terraform, answers: Answers, lake: GlueProfile) -> None:
    platform("destroy", "-auto-approve", "-refresh=false", *VALUES)
    assert platform("state", "list") == ""
    assert answers.left == []
    assert lake.client("s3").list_buckets()["Buckets"] == []
    assert lake.client("glue").get_jobs()["Jobs"] == []
    roles = [role["RoleName"] for role in lake.client("iam").list_roles()["Roles"]]
    assert not [name for name in roles if name.startswith("stedi-")]
