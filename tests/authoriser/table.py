"""Who may do what: the decisions that the platform promises, allowed and refused. Each row is one of them or more.

Places are written short: ``warehouse/landing/…`` is an object of that bucket, ``key:landing`` a key by its alias,
``table:landing.quarantine`` an entry of the catalog; ``{role}`` and ``{other}`` are filled in by the rows themselves.
What services do on behalf of a role is what their documentation says they ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PEOPLE = ("engineer", "analyst", "data-scientist", "privacy-officer")
JOBS = (
    "ingest-landing", "customer-landing-to-trusted", "accelerometer-landing-to-trusted",
    "customer-trusted-to-curated", "step-trainer-landing-to-trusted", "trainer-trusted-to-curated",
)  # fmt: skip
ZONES = {"landing": "warehouse", "trusted": "warehouse", "curated": "curated", "quality": "curated"}
SEEN = {
    "engineer": ("landing", "trusted", "curated", "quality"),
    "analyst": ("trusted", "curated", "quality"),
    "data-scientist": ("curated",),
    "privacy-officer": ("landing", "trusted", "curated", "quality"),
}
WRITES = {
    "ingest-landing": ("landing", "quality"),
    "customer-landing-to-trusted": ("trusted", "quality"),
    "accelerometer-landing-to-trusted": ("trusted", "quality"),
    "customer-trusted-to-curated": ("curated", "quality"),
    "step-trainer-landing-to-trusted": ("trusted", "quality"),
    "trainer-trusted-to-curated": ("curated", "quality"),
}
WRITTEN = {
    "ingest-landing": "warehouse/landing/quarantine",
    "customer-landing-to-trusted": "warehouse/trusted/customer_trusted",
    "accelerometer-landing-to-trusted": "warehouse/trusted/accelerometer_trusted",
    "customer-trusted-to-curated": "curated/curated/customer_curated",
    "step-trainer-landing-to-trusted": "warehouse/trusted/step_trainer_trusted",
    "trainer-trusted-to-curated": "curated/curated/machine_learning_curated",
}
PERSON = "customername email phone birthday serialnumber person device"
TABLES = {
    "landing": {
        "customer_landing": (f"{PERSON} extrafields sourcefile", "registrationdate lastupdatedate"),
        "accelerometer_landing": ("user person extrafields sourcefile", "x y z"),
        "step_trainer_landing": ("serialnumber device extrafields sourcefile", "distancefromobject"),
        "quarantine": ("sourcefile rawtext people", "reason"),
        "delivered_file": ("sourcefile", "sourcefilesha256"),
    },
    "trusted": {
        "customer_trusted": (PERSON, "registrationdate"),
        "accelerometer_trusted": ("user person", "x y z"),
        "step_trainer_trusted": ("serialnumber person", "distancefromobject"),
    },
    "curated": {"customer_curated": (PERSON, "registrationdate"), "machine_learning_curated": ("", "pseudonym x y z")},
    "quality": {"validation_result": ("", "success")},
}
"""Columns of people, which only the privacy officer may see, and some of the others."""
DEPLOYER, PLANNER = "deploy", "plan"
ENCRYPTION = "s3:x-amz-server-side-encryption"
LOG_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
ASKS = (
    "BatchGetNamedQuery", "BatchGetQueryExecution", "GetNamedQuery", "GetQueryExecution", "GetQueryResults",
    "GetQueryResultsStream", "GetWorkGroup", "ListNamedQueries", "ListQueryExecutions", "StartQueryExecution",
    "StopQueryExecution",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One decision.

    Attributes:
        who: a role of the platform by the end of its name, ``deploy``, ``plan`` or a service.
        action: in the words of IAM; ``grant:…`` is asked of Lake Formation.
        what: what it is done to, written short.
        may: whether it is allowed.
        context: condition keys; values that begin with ``key:`` or ``bucket:`` are filled in.
    """

    who: str
    action: str
    what: str
    may: bool = True
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Its name as a test."""
        said = ",".join(f"{name.rpartition(':')[2]}={value}" for name, value in self.context.items())
        return f"{self.who} {'may' if self.may else 'may not'} {self.action} {self.what} {said}".strip()


def rows() -> Iterator[Row]:
    """All of the table."""
    parts = (_jobs, _upkeep, _maintenance, _people, _erasures, _lake_formation, _orchestration, _machines)
    for part in (*parts, _buckets, _keys, _deployment, _others):
        yield from part()


def _each(who: str, actions: str, what: str, *, may: bool = True, **context: str) -> Iterator[Row]:
    service, _, names = actions.partition(":")
    for name in names.split():
        yield Row(
            who, f"{service}:{name}", what, may, {key.replace("__", ":"): value for key, value in context.items()}
        )


def _every_job(job: str) -> Iterator[Row]:
    who = f"job-{job}"
    logs = f"log:stedi-dev-jobs-role/stedi-dev-job-{job}"
    for kind in ("output", "error"):
        yield from _each(who, "logs:AssociateKmsKey CreateLogStream PutLogEvents", f"{logs}/{kind}")
    yield Row(who, "logs:PutLogEvents", "log:stedi-dev-jobs-role/stedi-dev-job-other/output", may=False)
    yield Row(who, "cloudwatch:PutMetricData", "*", context={"cloudwatch:namespace": "Glue"})
    yield Row(who, "cloudwatch:PutMetricData", "*", may=False, context={"cloudwatch:namespace": "AWS/Billing"})
    yield Row(who, "s3:PutObject", "artefacts/code/x/stedi.zip", may=False)
    yield Row(who, "s3:PutObject", "artefacts/scripts/x/job.py", may=False)
    yield Row(who, "s3:GetObject", "warehouse/dev_privacy/erasures/e/journal.json")
    yield from _each(who, "s3:GetObject GetObjectVersion", "warehouse/dev_privacy/suppression.json")
    yield Row(who, "s3:PutObject", "warehouse/dev_privacy/suppression.json", may=job == "erase")
    yield Row(who, "s3:GetObject", "warehouse/dev_privacy/erasures/e/person.json", may=job == "erase")
    yield Row(who, "s3:GetObject", "warehouse/landing/quarantine/metadata/v1.json")
    yield Row(who, "s3:ListBucketVersions", "warehouse", context={"s3:prefix": "dev_privacy/"})
    yield Row(who, "glue:DeleteTable", "table:landing.quarantine", may=False)
    yield Row(who, "lakeformation:GetDataAccess", "*", may=False)
    yield Row(who, "secretsmanager:PutSecretValue", "secret", may=False)
    yield Row(who, "secretsmanager:GetSecretValue", "certificate", may=job == "erase")
    yield Row(who, "kms:GenerateDataKey", "key:pseudonym", may=False)
    yield Row(who, "glue:GetTables", "database:landing")
    for zone, bucket in ZONES.items():  # also of tables that somebody else made, such as those of a backup
        yield Row(who, "grant:DESCRIBE", f"database:{zone}")
        yield Row(who, "grant:DESCRIBE", f"table:{zone}.t")
        yield Row(who, "grant:ALTER", f"table:{zone}.t", may=zone in WRITES.get(job, ZONES))
        writes = zone in WRITES.get(job, ZONES) or job == "ingest-landing"
        yield Row(who, "grant:DATA_LOCATION_ACCESS", f"{bucket}/{zone}", may=writes)
        yield Row(who, "grant:CREATE_TABLE", f"database:{zone}", may=job == "ingest-landing")
    yield Row(who, "grant:SELECT", "table:quality.t", may=False)
    yield Row("glue.amazonaws.com", "sts:AssumeRole", f"role:{who}")
    yield Row("lakeformation.amazonaws.com", "sts:AssumeRole", f"role:{who}", may=False)
    yield Row("glue.amazonaws.com", "sts:AssumeRole", f"role:{who}", may=False, context={"aws:SourceAccount": "1" * 12})


def _jobs() -> Iterator[Row]:
    for job in JOBS:
        who = f"job-{job}"
        yield from _every_job(job)
        yield from _each(who, "s3:AbortMultipartUpload GetObject PutObject", "artefacts/reports/index.html")
        # A file of a commit that failed is taken away again.
        yield from _each(who, "s3:AbortMultipartUpload DeleteObject", f"{WRITTEN[job]}/data/f.parquet")
        yield Row(who, "s3:ListBucketVersions", "warehouse", may=False)
        yield Row(who, "s3:DeleteObjectVersion", f"{WRITTEN[job]}/data/f.parquet", may=False)
        yield Row(who, "s3:ListBucket", "drop", may=job == "ingest-landing")
        yield Row(who, "s3:GetObject", "drop/landing/a.json", may=job == "ingest-landing")
        yield Row(who, "s3:PutObject", "drop/landing/a.json", may=False)
        yield Row(who, "s3:GetObject", "requests/people/list.txt", may=False)
        yield Row(who, "glue:CreateTable", "table:trusted.customer_trusted", may=job == "ingest-landing")
        yield Row(who, "grant:DROP", "table:trusted.customer_trusted", may=job == "ingest-landing")  # it made it


def _upkeep() -> Iterator[Row]:
    """Jobs that delete: maintenance the tables' files, an erasure whatever may name somebody."""
    every = "s3:AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject GetObjectVersion PutObject"
    for job in ("erase", "maintain"):
        who, erases = f"job-{job}", job == "erase"
        yield from _every_job(job)
        for bucket, zone in (("warehouse", "landing"), ("warehouse", "trusted"), ("curated", "curated")):
            yield from _each(who, every, f"{bucket}/{zone}/t/data/f.parquet")
        for bucket in ("warehouse", "curated"):
            yield from _each(who, "s3:ListBucket ListBucketMultipartUploads ListBucketVersions", bucket)
        for bucket in ("drop", "artefacts", "requests"):
            listing = "s3:ListBucket ListBucketMultipartUploads ListBucketVersions"
            yield from _each(who, listing, bucket, may=erases)
        yield from _each(who, every, "drop/landing/a.json", may=erases)
        yield from _each(who, every, "artefacts/reports/index.html", may=erases)
        yield from _each(who, "s3:GetObject GetObjectVersion", "warehouse/elsewhere/f", may=erases)
        yield from _each(who, "s3:PutObject DeleteObject", "warehouse/elsewhere/f", may=False)
        records = "s3:AbortMultipartUpload DeleteObject DeleteObjectVersion"
        yield from _each(who, records, "warehouse/dev_privacy/suppression.json", may=erases)
        yield from _each(who, "s3:GetObject DeleteObjectVersion", "requests/people/list.txt", may=erases)
        yield Row(who, "s3:PutObject", "requests/people/list.txt", may=False)
        yield Row(who, "s3:PutObject", "requests/certificates/1.json", may=erases)
        yield Row(who, "glue:GetJobRuns", "job:ingest_landing", may=erases)
        yield Row(who, "glue:StartJobRun", "job:ingest_landing", may=False)
        yield Row(who, "kms:Decrypt", "key:pseudonym")


def _erasures() -> Iterator[Row]:
    """Who names whom to erase, and who reads it: whatever IAM lets others do."""
    for who in (*PEOPLE, DEPLOYER):
        officer, lists = who == "privacy-officer", "requests/people/list.txt"
        yield from _each(who, "s3:GetObject PutObject", lists, may=officer)
        yield Row(who, "s3:DeleteObject", lists, may=officer or who == DEPLOYER)
        yield Row(who, "s3:PutObject", "requests/certificates/1.json", may=False)
        yield Row(who, "s3:GetObject", "requests/certificates/1.json", may=officer or who == DEPLOYER)
        yield from _each(who, "s3:GetBucketLocation ListBucket", "requests", may=officer or who == DEPLOYER)
        yield Row(who, "secretsmanager:GetSecretValue", "certificate", may=False)
    yield Row(DEPLOYER, "s3:GetObjectVersion", "requests/people/list.txt", may=False)
    for who in PEOPLE:
        for job, runs in (("erase", "privacy-officer"), ("maintain", "engineer")):
            starting = "states:DescribeStateMachine ListExecutions StartExecution"
            yield from _each(who, starting, f"machine:-{job}", may=who == runs)
            following = "states:DescribeExecution GetExecutionHistory"
            yield from _each(who, following, f"execution:-{job}", may=who == runs)
            yield from _each(who, "glue:StartJobRun", f"job:{job}", may=False)


def _maintenance() -> Iterator[Row]:
    for zone, bucket in ZONES.items():
        who, other = f"maintenance-{zone}", "trusted" if zone == "landing" else "landing"
        yield from _each(who, "s3:DeleteObject GetObject PutObject", f"{bucket}/{zone}/t/data/f.parquet")
        yield Row(who, "s3:GetObject", f"{ZONES[other]}/{other}/t/data/f.parquet", may=False)
        yield Row(who, "s3:ListBucket", bucket)
        yield from _each(who, "kms:Decrypt GenerateDataKey", f"key:{'landing' if bucket == 'warehouse' else 'curated'}")
        yield from _each(who, "kms:Decrypt Encrypt GenerateDataKey", "key:platform")
        yield Row(who, "kms:Decrypt", "key:pseudonym", may=False)
        yield from _each(who, "glue:GetTable UpdateTable", f"table:{zone}.t")
        yield Row(who, "glue:DeleteTable", f"table:{zone}.t", may=False)
        yield Row(who, "lakeformation:GetDataAccess", "*")
        for task in ("compaction", "retention", "orphan-file-deletion"):
            log = f"log-group:/aws-glue/iceberg-{task}/logs:"
            yield from _each(who, "logs:CreateLogGroup CreateLogStream PutLogEvents", log)
        yield from _each(who, "grant:ALTER DELETE DESCRIBE INSERT", f"table:{zone}.t")
        for table in TABLES[zone]:
            yield Row(who, "grant:SELECT", f"table:{zone}.{table}")
        yield Row(who, "grant:ALTER", f"table:{other}.t", may=False)
        yield Row(who, "grant:DATA_LOCATION_ACCESS", f"{bucket}/{zone}")
        yield Row("glue.amazonaws.com", "sts:AssumeRole", f"role:{who}")


def _people() -> Iterator[Row]:
    for who in PEOPLE:
        role, other = who.replace("-", "_"), "analyst" if who != "analyst" else "privacy-officer"
        yield from _each(who, f"athena:{' '.join(ASKS)}", f"workgroup:{who}")
        yield from _each(who, "athena:GetQueryResults StartQueryExecution", f"workgroup:{other}", may=False)
        results = f"results/{role}/r.csv"
        yield from _each(who, "s3:AbortMultipartUpload GetObject ListMultipartUploadParts PutObject", results)
        yield from _each(who, "s3:GetObject PutObject", f"results/{other.replace('-', '_')}/r.csv", may=False)
        yield Row(who, "s3:GetBucketLocation", "results")
        yield Row(who, "s3:ListBucket", "results", context={"s3:prefix": f"{role}/"})
        yield Row(who, "s3:ListBucket", "results", may=False)
        yield from _each(who, "kms:Decrypt GenerateDataKey", "key:platform")
        yield from _each(who, "kms:Decrypt", "key:landing", may=False)
        yield from _each(who, "secretsmanager:GetSecretValue", "secret", may=False)
        yield Row(who, "lakeformation:GetDataAccess", "*")
        yield from _each(who, "lakeformation:GrantPermissions PutDataLakeSettings", "*", may=False)
        for zone in ZONES:
            sees = zone in SEEN[who]
            yield Row(who, "grant:DESCRIBE", f"database:{zone}", may=sees)
            yield from _columns(who, zone, sees=sees)
            for entry in (f"database:{zone}", f"table:{zone}.t"):
                yield from _each(who, "glue:GetDatabase GetDatabases GetTable GetTables", entry, may=sees)
            yield from _each(who, "glue:UpdateTable DeleteTable", f"table:{zone}.t", may=False)
        yield Row(f"sso-{who}", "sts:AssumeRole", f"role:{who}")
        yield Row(f"sso-{other}", "sts:AssumeRole", f"role:{who}", may=False)
        yield from _each(who, "glue:GetDatabase GetDatabases GetTable GetTables", "catalog")
        runs = who == "engineer"
        yield from _each(who, "states:DescribeStateMachine ListExecutions StartExecution", "machine", may=runs)
        following = "states:DescribeExecution GetExecutionHistory StopExecution"
        yield from _each(who, following, "execution", may=runs)
        for job in ("ingest_landing", "trainer_trusted_to_curated"):
            yield from _each(who, "glue:GetJob GetJobRun GetJobRuns StartJobRun", f"job:{job}", may=runs)
        yield from _each(who, "glue:UpdateJob", "job:ingest_landing", may=False)
        yield from _each(who, "logs:FilterLogEvents GetLogEvents", "log:x/output", may=runs)
        yield Row(who, "s3:GetObject", "artefacts/reports/index.html", may=runs)


def _columns(who: str, zone: str, *, sees: bool) -> Iterator[Row]:
    """A table with personal columns, which only the privacy officer sees whole, and its other columns."""
    for table, (personal, others) in TABLES[zone].items():
        named = f"table:{zone}.{table}"
        whole = sees and (who == "privacy-officer" or not personal)
        yield Row(who, "grant:SELECT", named, may=whole)
        yield Row(who, "grant:DESCRIBE", named, may=sees)
        for column in personal.split():
            yield Row(who, "grant:SELECT", f"{named}.{column}", may=whole)
        for column in others.split():
            yield Row(who, "grant:SELECT", f"{named}.{column}", may=sees)


def _lake_formation() -> Iterator[Row]:
    who = "lake-formation"
    for zone, bucket in ZONES.items():
        yield from _each(who, "s3:DeleteObject GetObject PutObject", f"{bucket}/{zone}/t/data/f.parquet")
    for bucket in ("warehouse", "curated"):
        yield Row(who, "s3:ListBucket", bucket)
    for key in ("landing", "curated"):
        yield from _each(who, "kms:Decrypt GenerateDataKey", f"key:{key}")
    yield Row(who, "s3:GetObject", "drop/landing/a.json", may=False)
    yield Row(who, "s3:GetObject", "warehouse/dev_privacy/suppression.json", may=False)
    for action in ("sts:AssumeRole", "sts:SetContext"):
        yield Row("lakeformation.amazonaws.com", action, f"role:{who}")
        foreign = {"aws:SourceAccount": "1" * 12}
        yield Row("lakeformation.amazonaws.com", action, f"role:{who}", may=False, context=foreign)
    yield Row("glue.amazonaws.com", "sts:AssumeRole", f"role:{who}", may=False)


def _machines() -> Iterator[Row]:
    """Each state machine starts its own jobs and no others."""
    own = {
        "state-machine": [job.replace("-", "_") for job in JOBS],
        "erase-machine": ["erase"],
        "maintain-machine": ["maintain"],
    }
    delivery = (
        "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery "
        "ListLogDeliveries PutResourcePolicy UpdateLogDelivery"
    )
    for who, jobs in own.items():
        for job in (*own["state-machine"], "erase", "maintain"):
            running = "glue:BatchStopJobRun GetJobRun GetJobRuns StartJobRun"
            yield from _each(who, running, f"job:{job}", may=job in jobs)
        yield Row(who, "sns:Publish", "topic")
        yield from _each(who, "kms:Decrypt GenerateDataKey", "key:platform")
        yield from _each(who, f"logs:{delivery}", "*")
        yield from _each(who, "xray:GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments", "*")
        yield Row(who, "states:ListExecutions", "machine", may=who != "state-machine")
        yield Row("states.amazonaws.com", "sts:AssumeRole", f"role:{who}")
        foreign = {"aws:SourceAccount": "1" * 12}
        yield Row("states.amazonaws.com", "sts:AssumeRole", f"role:{who}", may=False, context=foreign)


def _orchestration() -> Iterator[Row]:
    foreign = {"aws:SourceAccount": "1" * 12}
    yield Row("scheduler.amazonaws.com", "sts:AssumeRole", "role:schedule", may=False, context=foreign)
    for machine in ("machine", "machine:-maintain"):
        yield Row("schedule", "states:StartExecution", machine)
    yield Row("schedule", "states:StartExecution", "machine:-erase", may=False)
    yield Row("schedule", "glue:StartJobRun", "job:ingest_landing", may=False)
    yield from _each("schedule", "kms:Decrypt GenerateDataKey", "key:platform")
    yield Row("scheduler.amazonaws.com", "sts:AssumeRole", "role:schedule")
    yield Row("states.amazonaws.com", "sts:AssumeRole", "role:schedule", may=False)
    for service in ("budgets", "cloudwatch", "events"):
        yield Row(f"{service}.amazonaws.com", "sns:Publish", "topic")
        foreign = {"aws:SourceAccount": "1" * 12}
        yield Row(f"{service}.amazonaws.com", "sns:Publish", "topic", may=False, context=foreign)
    yield Row(DEPLOYER, "sns:Publish", "topic", may=False, context={"aws:SecureTransport": "false"})


def _buckets() -> Iterator[Row]:
    """Asked as the one who deploys, whom IAM refuses nothing."""
    for bucket, key in (("drop", "landing"), ("warehouse", "landing"), ("curated", "curated"), ("results", "platform"),
                        ("artefacts", "platform"), ("requests", "platform"), ("logs", "")):  # fmt: skip
        put = (DEPLOYER, "s3:PutObject", f"{bucket}/f")
        yield Row(*put)
        yield Row(*put, may=False, context={"aws:SecureTransport": "false"})
        yield Row(DEPLOYER, "s3:ListBucket", bucket, may=False, context={"aws:SecureTransport": "false"})
        if not key:
            continue
        named = f"{ENCRYPTION}-aws-kms-key-id"
        yield Row(*put, context={ENCRYPTION: "aws:kms", named: f"key:{key}"})
        yield Row(*put, may=False, context={ENCRYPTION: "aws:kms", named: "key:pseudonym"})
        yield Row(*put, may=False, context={ENCRYPTION: "aws:kms"})
        yield Row(*put, may=False, context={ENCRYPTION: "AES256"})
        yield Row(*put, may=False, context={f"{ENCRYPTION}-customer-algorithm": "AES256"})
    for purpose in ("drop", "warehouse", "curated", "results", "artefacts", "requests"):
        origin = {"aws:SourceArn": f"bucket:{purpose}"}
        yield Row("logging.s3.amazonaws.com", "s3:PutObject", f"logs/access/{purpose}/l", context=origin)
    yield Row(
        "logging.s3.amazonaws.com", "s3:PutObject", "logs/trail/l", may=False, context={"aws:SourceArn": "bucket:drop"}
    )
    elsewhere = {"aws:SourceArn": "bucket:drop", "aws:SourceAccount": "1" * 12}
    yield Row("logging.s3.amazonaws.com", "s3:PutObject", "logs/access/drop/l", may=False, context=elsewhere)
    for action, what in (("s3:GetBucketAcl", "logs"), ("s3:PutObject", "logs/trail/AWSLogs/123456789012/l")):
        yield Row("cloudtrail.amazonaws.com", action, what, context={"aws:SourceArn": "trail"})
        yield Row("cloudtrail.amazonaws.com", action, what, may=False, context={"aws:SourceArn": "bucket:drop"})


def _keys() -> Iterator[Row]:
    key, foreign = "key:platform", {"aws:SourceAccount": "1" * 12}
    ours = {LOG_CONTEXT: "arn:aws:logs:us-east-1:123456789012:log-group:/stedi"}
    theirs = {LOG_CONTEXT: "arn:aws:logs:us-east-1:111111111111:log-group:/stedi"}
    for name in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom"):
        yield Row("logs.us-east-1.amazonaws.com", f"kms:{name}", key, context=ours)
    yield Row("logs.us-east-1.amazonaws.com", "kms:Decrypt", key, may=False, context=theirs)
    yield Row("logs.us-east-1.amazonaws.com", "kms:Decrypt", "key:landing", may=False, context=ours)
    for service, names in (
        ("budgets", "Decrypt GenerateDataKey"), ("cloudwatch", "Decrypt GenerateDataKey"),
        ("events", "Decrypt GenerateDataKey"), ("delivery.logs", "Decrypt"),
        ("cloudtrail", "DescribeKey GenerateDataKey"),
    ):  # fmt: skip
        yield from _each(f"{service}.amazonaws.com", f"kms:{names}", key)
        yield Row(f"{service}.amazonaws.com", f"kms:{names.split()[0]}", key, may=False, context=foreign)
    for each in ("landing", "curated", "platform", "pseudonym"):
        yield Row(DEPLOYER, "kms:ScheduleKeyDeletion", f"key:{each}")


def _deployment() -> Iterator[Row]:
    """The one who deploys is an administrator, and cannot read the pseudonym key; the one who plans changes nothing."""
    yield Row(DEPLOYER, "grant:ADMINISTER", "catalog")
    yield from (Row(DEPLOYER, "secretsmanager:PutSecretValue", secret) for secret in ("secret", "certificate"))
    yield Row(DEPLOYER, "secretsmanager:GetSecretValue", "secret", may=False)
    yield Row(DEPLOYER, "grant:SELECT", "table:landing.t", may=False)
    yield from _each(PLANNER, "iam:GetRole GetRolePolicy ListRoles", "role:analyst")
    yield from _each(PLANNER, "lakeformation:GetDataLakeSettings ListPermissions", "*")
    yield from _each(PLANNER, "s3:GetBucketPolicy GetEncryptionConfiguration", "warehouse")
    yield from _each(PLANNER, "iam:PutRolePolicy", "role:analyst", may=False)
    yield from _each(PLANNER, "s3:PutObject DeleteObject", "warehouse/landing/t/data/f.parquet", may=False)
    yield from _each(PLANNER, "kms:Decrypt", "key:landing", may=False)
    yield from _each(PLANNER, "secretsmanager:GetSecretValue", "secret", may=False)
    yield from _each(PLANNER, "lakeformation:GrantPermissions PutDataLakeSettings", "*", may=False)
    yield Row(PLANNER, "grant:ADMINISTER", "catalog", may=False)


def _others() -> Iterator[Row]:
    """No role of the platform reaches what is another team's in the same account, whatever it may do to its own."""
    roles = [f"job-{job}" for job in JOBS] + [f"maintenance-{zone}" for zone in ZONES]
    roles += ["job-erase", "job-maintain", "state-machine", "erase-machine", "maintain-machine", "schedule"]
    for who in (*roles, *PEOPLE, "lake-formation"):
        yield from _each(who, "kms:Decrypt Encrypt GenerateDataKey", "another's key", may=False)
        yield from _each(who, "s3:GetObject PutObject DeleteObject", "another's bucket/f", may=False)
        yield from _each(who, "s3:ListBucket GetBucketLocation", "another's bucket", may=False)
        for action, prefix in (("ListBucketVersions", "dev_privacy/"), ("ListBucket", f"{who.replace('-', '_')}/")):
            yield Row(who, f"s3:{action}", "another's bucket", may=False, context={"s3:prefix": prefix})
        yield from _each(who, "glue:GetTable GetTables CreateTable UpdateTable", "another's table", may=False)
        yield from _each(who, "glue:GetJob GetJobRun GetJobRuns StartJobRun", "another's job", may=False)
        yield from _each(
            who, "states:StartExecution DescribeStateMachine ListExecutions", "another's machine", may=False
        )
        yield from _each(who, "states:DescribeExecution StopExecution", "another's execution", may=False)
        yield from _each(who, "athena:StartQueryExecution GetQueryResults", "another's workgroup", may=False)
        yield from _each(who, "logs:CreateLogStream PutLogEvents GetLogEvents", "another's log", may=False)
        yield Row(who, "secretsmanager:GetSecretValue", "another's secret", may=False)
        yield Row(who, "sns:Publish", "another's topic", may=False)
