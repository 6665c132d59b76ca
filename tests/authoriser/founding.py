"""Who is in the account before the platform is: the one who deploys, the one who plans for pull requests, and Glue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.authoriser.policy import Principal
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.authoriser.authoriser import Authoriser

DEPLOYER, PLANNER = "deploy", "plan"
ANOTHER = "another-team"
_ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_NOBODY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}


def role_arn(name: str) -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def found_account(authoriser: Authoriser) -> None:
    """Make these roles, with AWS's own managed policies; ``testing`` signs as the one who deploys."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    read_only = json.loads(aws_managed_policies_data)["ReadOnlyAccess"]["Document"]
    for name, policy in {DEPLOYER: _ADMINISTRATOR, PLANNER: read_only}.items():
        make_role(name, policy)
    _make_key_of_another()
    authoriser.signers = {
        "testing": Principal(role_arn(DEPLOYER), ACCOUNT),
        "glue": Principal("glue.amazonaws.com", ACCOUNT),
    }


def _make_key_of_another() -> None:
    """A key in the same account, whose policy leaves it to IAM who may use it."""
    from moto.kms.models import kms_backends

    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    policy = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]}
    backend = kms_backends[ACCOUNT][REGION]
    key = backend.create_key(
        json.dumps(policy), "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", ANOTHER, None, False, "AWS_KMS"
    )
    backend.create_alias(key.id, f"alias/{ANOTHER}")


def make_role(name: str, policy: dict[str, Any], trust: dict[str, Any] | None = None) -> None:
    """Make a role with one policy, in place of what it had; whoever trusts nobody is not taken on."""
    from moto.iam.models import iam_backends

    backend = iam_backends[ACCOUNT]["aws"]
    if name not in {role.name for role in backend.get_roles()}:
        backend.create_role(name, json.dumps(trust or _NOBODY), "/", None, "", [], "3600")
    backend.get_role(name).policies = {"own": json.dumps(policy)}
