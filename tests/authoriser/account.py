"""The account as the emulator holds it: roles and what they may, resources and whom they let in, and their keys."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.authoriser.policy import Question
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.authoriser.policy import Principal, Statement

CATALOG_READS = ("Get", "BatchGet", "Search")


@cache
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a policy."""
    found = json.loads(text)["Statement"]
    return tuple(found) if isinstance(found, list) else (found,)


class Account:
    """What decisions look at; it is read anew for each of them.

    Args:
        bucket_policy: a bucket's policy by its name, as it was put; empty where there is none.
        catalog_encryption: how the catalog is encrypted, as it was put.
    """

    def __init__(self, bucket_policy: Callable[[str], str], catalog_encryption: Callable[[], dict[str, Any]]) -> None:
        self.bucket_policy = bucket_policy
        self._catalog_encryption = catalog_encryption

    def of_identity(self, principal: Principal) -> tuple[Statement, ...]:
        """Statements of the role's inline policies; of managed ones there are none here."""
        from moto.iam.models import iam_backends

        roles = {role.name: role for role in iam_backends[ACCOUNT]["aws"].get_roles()}
        role = roles.get(principal.role)
        if role is None:
            return ()
        assert not role.managed_policies, f"managed policies of {role.name} are not read"
        return tuple(each for text in role.policies.values() for each in self.read(text))

    def read(self, text: str) -> tuple[Statement, ...]:
        """The statements of a policy that is there."""
        return statements(text)

    def of_resource(self, question: Question) -> tuple[Statement, ...]:
        """Statements of the policy that the resource itself has."""
        service, _, name = (
            question.resource.partition(":::") if question.resource.startswith("arn:aws:s3") else ("",) * 3
        )
        if service:
            text = self.bucket_policy(name.partition("/")[0])
        elif question.action.startswith("kms:"):
            text = self._key_policy(question.resource)
        elif question.action.startswith("secretsmanager:"):
            text = getattr(self._secret(question.resource), "policy", None) or ""
        elif question.action.startswith("sts:"):
            text = self._trust(question.resource)
        elif question.action == "sns:Publish":
            text = self._topic_policy(question.resource)
        else:
            text = ""
        return self.read(text) if text else ()

    def keys(self, question: Question, *, head: bool = False) -> Iterator[Question]:
        """What is asked of KMS on behalf of whoever asks the question."""
        service, _, operation = question.action.partition(":")
        if service == "s3" and question.resource.count("/"):
            yield from self._keys_of_object(operation, question, head=head)
        elif service == "secretsmanager" and operation in {"GetSecretValue", "PutSecretValue"}:
            key = getattr(self._secret(question.resource), "kms_key_id", None)
            for action in ["Decrypt"] if operation.startswith("Get") else ["GenerateDataKey"]:
                yield from _via(service, action, key)
        elif service == "glue" and question.resource.endswith(":catalog"):
            writes = not operation.startswith(CATALOG_READS)
            for action in ["Decrypt", *(["Encrypt", "GenerateDataKey"] if writes else [])]:
                yield from _via(service, action, self._catalog_key())

    def _keys_of_object(self, operation: str, question: Question, *, head: bool) -> Iterator[Question]:
        bucket, _, key = question.resource.partition(":::")[2].partition("/")
        if operation.startswith("GetObject") and not head:
            found = self.object(bucket, key)
            yield from _via("s3", "Decrypt", getattr(found, "kms_key_id", None))
        elif operation == "PutObject" and self._bucket(bucket) is not None:
            default = (
                (self._bucket(bucket).encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
            )
            own = question.context.get("s3:x-amz-server-side-encryption-aws-kms-key-id")
            yield from _via("s3", "GenerateDataKey", own or default.get("KMSMasterKeyID"))

    def object(self, bucket: str, key: str) -> Any:
        """An object; None where there is none, or not any more."""
        from moto.s3.models import FakeKey

        found = self._bucket(bucket).keys.get(key) if self._bucket(bucket) is not None else None
        return found if isinstance(found, FakeKey) else None

    def _bucket(self, name: str) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[ACCOUNT]["aws"].buckets.get(name)

    def _key_policy(self, arn: str) -> str:
        from moto.kms.models import kms_backends

        key = kms_backends[ACCOUNT][REGION].keys.get(arn.rpartition("/")[2])
        return str(key.policy) if key is not None else ""

    def _secret(self, arn: str) -> Any:
        from moto.secretsmanager.models import secretsmanager_backends

        return secretsmanager_backends[ACCOUNT][REGION].secrets.get(arn)

    def _trust(self, arn: str) -> str:
        from moto.iam.models import iam_backends

        roles = {role.arn: role for role in iam_backends[ACCOUNT]["aws"].get_roles()}
        return str(roles[arn].assume_role_policy_document) if arn in roles else ""

    def _topic_policy(self, arn: str) -> str:
        from moto.sns.models import sns_backends

        topic = sns_backends[ACCOUNT][REGION].topics.get(arn)
        return str(topic.policy) if topic is not None else ""

    def _catalog_key(self) -> str | None:
        at_rest = self._catalog_encryption().get("EncryptionAtRest", {})
        mode = at_rest.get("CatalogEncryptionMode", "DISABLED")
        assert mode in {"DISABLED", "SSE-KMS"}, f"nobody knows who is asked for the key in the mode {mode}"
        return at_rest.get("SseAwsKmsKeyId") if mode == "SSE-KMS" else None


def _via(service: str, action: str, key: str | None) -> Iterator[Question]:
    if key:
        context = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
        yield Question(f"kms:{action}", key, context)
