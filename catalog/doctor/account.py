"""What ``stedi doctor`` asks of AWS: account, settings, buckets, databases, and what the caller may do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from catalog.doctor.machine import Finding, looked
from catalog.errors import UsageError
from catalog.profiles.open_access import find_openings
from catalog.schema.table_spec import Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.glue import GlueProfile

_NEEDED = ("region", "warehouse_bucket", "drop_bucket", "artefacts_bucket")
_LOST = "restore it, if the bucket of the warehouse holds files of its tables"
_TERRAFORM = "terraform -chdir=terraform apply"
_SETTINGS = "terraform -chdir=terraform output -json > stedi.json, then: stedi --settings stedi.json …"


def account_findings(profile: GlueProfile) -> list[Finding]:
    """Account and settings; all else only where both are there."""
    settings = profile.settings
    missing = settings.missing(*_NEEDED)
    findings = [
        Finding("settings", "missing", f"nothing says {', '.join(missing)}", _SETTINGS)
        if missing
        else Finding("settings", "ok", ", ".join(f"{name} {getattr(settings, name)}" for name in _NEEDED)),
        looked(
            "account", lambda: _caller(profile), "aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret"
        ),
    ]
    if any(finding.state != "ok" for finding in findings):
        rest = ("buckets", "databases", "permissions", "Athena")
        return [*findings, *(Finding(what, "not asked", "what is missing above comes first") for what in rest)]
    databases = list(_databases(profile))
    return [
        *findings,
        *_buckets(profile),
        *databases,
        *openness(profile, databases),
        _permissions(profile),
        *_named(profile),
    ]


def _caller(profile: GlueProfile) -> str:
    """The account, and the role or user; not the session's name, which is often a person's."""
    caller = profile.client("sts").get_caller_identity()
    who = "/".join(caller["Arn"].rpartition(":")[2].split("/")[:2])
    return f"{caller['Account']} as {who} in {profile.settings.region}"


def _buckets(profile: GlueProfile) -> Iterator[Finding]:
    s3 = profile.client("s3")

    def look(name: str) -> str:
        s3.head_bucket(Bucket=name)
        versioning = s3.get_bucket_versioning(Bucket=name).get("Status", "Disabled").lower()
        return f"s3://{name}, versioning {versioning}"

    for setting in ("warehouse_bucket", "curated_bucket", "drop_bucket", "artefacts_bucket", "athena_results_bucket"):
        if name := getattr(profile.settings, setting):
            yield looked(setting.replace("_", " "), partial(look, name), _TERRAFORM)


def _databases(profile: GlueProfile) -> Iterator[Finding]:
    glue = profile.client("glue")

    def look(name: str) -> str:
        glue.get_database(Name=name)
        return name

    lost = _LOST if _may_hold_files(profile) else ""
    for zone in Zone:
        name = profile.database(zone)
        next_ = lost or f"stedi init {profile.options}, or: {_TERRAFORM}"
        yield looked(f"database of {zone}", partial(look, name), next_, "none yet")


def openness(profile: GlueProfile, databases: list[Finding]) -> Iterator[Finding]:
    """Whether Lake Formation decides who reads which column, or IAM alone does."""
    if profile.endpoint or any(each.state != "ok" for each in databases):
        return

    def look() -> str:
        if openings := find_openings(profile):
            raise UsageError(f"everybody whom IAM lets in reads every column of: {', '.join(o.what for o in openings)}")
        return "nothing is left to IAM alone"

    yield looked("Lake Formation", look, "make deploy, by one of lake_administrators")


def _may_hold_files(profile: GlueProfile) -> bool:
    """Whether the warehouse holds this lake's files; who may not look is not told that there are none."""
    from botocore.exceptions import ClientError

    try:
        return bool(profile.settings.warehouse_bucket) and profile.has_files()
    except ClientError:
        return True


def _permissions(profile: GlueProfile) -> Finding:
    """What a run does in Glue and on S3, as IAM simulates it; who may not ask IAM is told so."""
    settings = profile.settings
    account = profile.client("sts").get_caller_identity()
    tables = f"arn:aws:glue:{settings.region}:{account['Account']}:table/{profile.database(Zone.TRUSTED)}/*"
    asked = {
        tables: ("glue:GetTable", "glue:UpdateTable", "glue:CreateTable"),
        f"arn:aws:s3:::{settings.warehouse_bucket}/*": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
        f"arn:aws:s3:::{settings.drop_bucket}/*": ("s3:GetObject",),
        f"arn:aws:s3:::{settings.artefacts_bucket}/*": ("s3:PutObject",),
    }

    def look() -> str:
        iam, denied, allowed = profile.client("iam"), [], 0
        for resource, actions in asked.items():
            answer = iam.simulate_principal_policy(
                PolicySourceArn=_role(account["Arn"]), ActionNames=list(actions), ResourceArns=[resource]
            )
            for result in answer["EvaluationResults"]:
                if result["EvalDecision"] == "allowed":
                    allowed += 1
                else:
                    denied.append(f"{result['EvalActionName']} on {resource}")
        if denied:
            raise UsageError(f"denied: {', '.join(denied)}")
        return f"all {allowed} that a run needs"

    if profile.endpoint:
        return Finding("permissions", "ok", "the emulator asks for none")
    return looked(
        "permissions", look, "give the caller the role of the jobs (terraform/), or iam:SimulatePrincipalPolicy"
    )


def _role(arn: str) -> str:
    """The role behind a session: IAM simulates for roles and users."""
    if ":assumed-role/" not in arn:
        return arn
    head, _, session = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.split('/')[0]}"


def _named(profile: GlueProfile) -> Iterator[Finding]:
    """What only some uses need, where the settings name it."""
    settings = profile.settings

    def workgroup() -> str:
        found = profile.client("athena").get_work_group(WorkGroup=settings.athena_workgroup)["WorkGroup"]
        return f"workgroup {found['Name']}"

    def machine() -> str:
        stepfunctions = profile.client("stepfunctions")
        return str(stepfunctions.describe_state_machine(stateMachineArn=settings.state_machine_arn)["name"])

    def key() -> str:
        found = profile.client("kms").describe_key(KeyId=settings.kms_key_arn)["KeyMetadata"]
        return f"{found['KeyId']}, {found['KeyState'].lower()}"

    if settings.athena_workgroup and not profile.endpoint:
        yield looked("Athena", workgroup, _TERRAFORM)
    if settings.state_machine_arn:
        yield looked("state machine", machine, _TERRAFORM)
    if settings.kms_key_arn:
        yield looked("KMS key", key, _TERRAFORM)
