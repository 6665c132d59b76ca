"""What the table writes short, in full: principals by their roles' names, resources by their ARNs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.authoriser.founding import ANOTHER, DEPLOYER, PLANNER, role_arn
from tests.authoriser.policy import Principal, Question
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.authoriser.table import Row

PREFIX = "stedi-dev"
DATABASES = "dev_"
BUCKETS = ("drop", "warehouse", "curated", "artefacts", "results", "requests", "logs")


def principal(who: str) -> Principal:
    """A role of the platform or of the account, or a service."""
    if who.endswith(".amazonaws.com"):
        return Principal(who, ACCOUNT)
    foreign = who in {DEPLOYER, PLANNER} or who.startswith("sso-")
    return Principal(role_arn(who if foreign else f"{PREFIX}-{who}"), ACCOUNT)


def question(row: Row) -> Question:
    """What the row asks, with ARNs."""
    filled = {
        name: place(value) if value.startswith(("key:", "bucket:")) or value == "trail" else value
        for name, value in row.context.items()
    }
    if not row.action.startswith("grant:"):
        return Question(row.action, place(row.what), filled)
    kind, _, name = row.what.partition(":")
    zone, _, table = name.partition(".")
    written = {"database": f"database/{DATABASES}{zone}", "table": f"table/{DATABASES}{zone}/{table.replace('.', '/')}"}
    return Question(row.action, written.get(kind) or ("catalog" if kind == "catalog" else place(row.what)), filled)


def place(what: str) -> str:
    """The ARN."""
    kind, _, name = what.partition(":")
    zone, _, table = name.partition(".")
    of = f"{REGION}:{ACCOUNT}"
    if kind == "key":
        return _key(f"alias/{PREFIX}-{name}")
    if kind.partition("/")[0] in BUCKETS or kind == "bucket":
        bucket, _, key = (name or what).partition("/")
        return f"arn:aws:s3:::{PREFIX}-{bucket}-{ACCOUNT}" + (f"/{key}" if key else "")
    known = {
        "*": "*",
        "catalog": f"arn:aws:glue:{of}:catalog",
        "database": f"arn:aws:glue:{of}:database/{DATABASES}{name}",
        "table": f"arn:aws:glue:{of}:table/{DATABASES}{zone}/{table}",
        "job": f"arn:aws:glue:{of}:job/{PREFIX}-{name}",
        "role": role_arn(f"{PREFIX}-{name}"),
        "log": f"arn:aws:logs:{of}:log-group:/{PREFIX}/glue/{name}:*",
        "log-group": f"arn:aws:logs:{of}:log-group:{name}*",
        "workgroup": f"arn:aws:athena:{of}:workgroup/{PREFIX}-{name}",
        "machine": f"arn:aws:states:{of}:stateMachine:{PREFIX}{name}",
        "execution": f"arn:aws:states:{of}:execution:{PREFIX}{name}:one",
        "topic": f"arn:aws:sns:{of}:{PREFIX}-alerts",
        "trail": f"arn:aws:cloudtrail:{of}:trail/{PREFIX}-data",
    }
    if what.startswith("another's "):
        return _anothers(what.removeprefix("another's "), of)
    secrets = {"secret": "pseudonym-key", "certificate": "certificate-key"}
    return _secret(secrets[kind]) if kind in secrets else known[kind]


def _anothers(kind: str, of: str) -> str:
    """What is in the account and not the platform's."""
    if kind == "key":
        return _key(f"alias/{ANOTHER}")
    return {
        "bucket": f"arn:aws:s3:::{ANOTHER}",
        "bucket/f": f"arn:aws:s3:::{ANOTHER}/f",
        "table": f"arn:aws:glue:{of}:table/{ANOTHER}/t",
        "job": f"arn:aws:glue:{of}:job/{ANOTHER}",
        "machine": f"arn:aws:states:{of}:stateMachine:{ANOTHER}",
        "execution": f"arn:aws:states:{of}:execution:{ANOTHER}:one",
        "workgroup": f"arn:aws:athena:{of}:workgroup/{ANOTHER}",
        "log": f"arn:aws:logs:{of}:log-group:/{ANOTHER}/log:*",
        "secret": f"arn:aws:secretsmanager:{of}:secret:{ANOTHER}-abcdef",
        "topic": f"arn:aws:sns:{of}:{ANOTHER}",
    }[kind]


def _key(alias: str) -> str:
    from moto.kms.models import kms_backends

    backend = kms_backends[ACCOUNT][REGION]
    return str(backend.keys[backend.get_key_id_from_alias(alias) or ""].arn)


def _secret(name: str) -> str:
    from moto.secretsmanager.models import secretsmanager_backends

    return str(secretsmanager_backends[ACCOUNT][REGION].secrets[f"{PREFIX}/{name}"].arn)
