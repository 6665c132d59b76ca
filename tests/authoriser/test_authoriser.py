"""The emulator refuses what AWS refuses, with the service's own error: asked by boto3, as somebody with some policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.authoriser.account import Account
from tests.authoriser.authoriser import Authoriser
from tests.authoriser.founding import DEPLOYER, found_account, make_role, role_arn
from tests.authoriser.grants import LakeFormation
from tests.authoriser.policy import Principal
from tests.authoriser.request import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.profiles.emulator import Emulator

    Client = Callable[[str, str], Any]

BUCKET, TABLE = (
    "stedi-warehouse",
    {"Name": "customer", "StorageDescriptor": {"Location": "s3://stedi-warehouse/landing/c"}},
)


@pytest.fixture(scope="module")
def policies() -> dict[str, str]:
    """Policies of buckets, as they were put."""
    return {}


@pytest.fixture(scope="module")
def authoriser(emulator: Emulator, policies: dict[str, str]) -> Iterator[Authoriser]:
    account = Account(lambda bucket: policies.get(bucket, ""), dict)
    made = Authoriser(account, LakeFormation(lambda: ([], [])), lambda _environ, _do: None)
    found_account(made)
    emulator.interrupt = made
    yield made
    emulator.interrupt = None


@pytest.fixture(scope="module")
def client(emulator: Emulator, authoriser: Authoriser) -> Client:
    """A client of a service that signs as somebody."""
    authoriser.signers["ann"] = Principal(role_arn("ann"), ACCOUNT)

    def of(service: str, key: str) -> Any:
        return boto3.client(
            service, REGION, endpoint_url=emulator.endpoint, aws_access_key_id=key, aws_secret_access_key=key
        )

    of("s3", "testing").create_bucket(Bucket=BUCKET)
    return of


def _may(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> None:
    """All that Ann may do from now on."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    make_role("ann", {"Statement": [statement | ({"Condition": condition} if condition else {})]})


def _refused(do: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        do()
    said = refused.value.response
    return said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"]


def test_a_missing_key_is_told_only_to_who_may_list_without_a_prefix(client: Client) -> None:
    s3 = client("s3", "ann")
    objects = f"arn:aws:s3:::{BUCKET}/*"

    def head() -> Any:
        return s3.head_object(Bucket=BUCKET, Key="landing/none.parquet")

    def get() -> Any:
        return s3.get_object(Bucket=BUCKET, Key="landing/none.parquet")

    _may(["s3:GetObject", "s3:PutObject"], objects)
    assert (_refused(head), _refused(get)) == (("403", 403), ("AccessDenied", 403))
    of_prefix = {"Action": "s3:ListBucket", "Condition": {"StringLike": {"s3:prefix": "*"}}}
    allowed = [{"Effect": "Allow", "Resource": "*"} | each for each in ({"Action": "s3:GetObject"}, of_prefix)]
    make_role("ann", {"Statement": allowed})
    assert (_refused(head), _refused(get)) == (("403", 403), ("AccessDenied", 403))
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="landing/")["KeyCount"] == 0
    assert _refused(lambda: s3.list_objects_v2(Bucket=BUCKET)) == ("AccessDenied", 403)
    _may(["s3:GetObject", "s3:ListBucket"])
    assert (_refused(head), _refused(get)) == (("404", 404), ("NoSuchKey", 404))


def test_whoever_is_nobody_is_refused(client: Client) -> None:
    assert _refused(client("s3", "nobody").list_buckets) == ("InvalidAccessKeyId", 403)
    assert _refused(client("glue", "nobody").get_databases) == ("UnrecognizedClientException", 400)
    assert _refused(client("sts", "nobody").get_caller_identity) == ("InvalidClientTokenId", 403)


def test_services_refuse_each_in_their_own_words(client: Client) -> None:
    _may("sts:Nothing")
    assert _refused(client("s3", "ann").list_buckets) == ("AccessDenied", 403)
    assert _refused(client("glue", "ann").get_databases) == ("AccessDeniedException", 400)
    assert _refused(client("iam", "ann").list_roles) == ("AccessDenied", 403)
    assert _refused(client("lakeformation", "ann").list_permissions) == ("AccessDeniedException", 403)
    assert client("sts", "ann").get_caller_identity()["Account"] == ACCOUNT


def test_a_bucket_may_refuse_what_a_role_is_allowed(client: Client, policies: dict[str, str]) -> None:
    _may("s3:*")
    s3 = client("s3", "ann")
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policies[BUCKET] = json.dumps(
        {"Statement": [denial | {"Condition": {"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}}]}
    )
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"")
    asked = {"Bucket": BUCKET, "Key": "a", "Body": b"", "ServerSideEncryption": "AES256"}
    assert _refused(lambda: s3.put_object(**asked)) == ("AccessDenied", 403)
    policies.clear()


def test_who_reads_what_is_encrypted_needs_the_key(client: Client) -> None:
    key = client("kms", "testing").create_key(Policy=json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    ]}))["KeyMetadata"]["Arn"]  # fmt: skip
    s3 = client("s3", "ann")
    encrypted = {"Bucket": BUCKET, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    _may("s3:*")
    assert _refused(lambda: s3.put_object(**encrypted)) == ("AccessDenied", 403)
    _may(["s3:*", "kms:GenerateDataKey"], StringEquals={"kms:ViaService": f"s3.{REGION}.amazonaws.com"})
    assert _refused(lambda: s3.put_object(**encrypted)) == ("AccessDenied", 403)  # s3:* holds for that key only, too
    _may(["s3:*", "kms:GenerateDataKey"])
    s3.put_object(**encrypted)
    assert _refused(lambda: s3.get_object(Bucket=BUCKET, Key="k")) == ("AccessDenied", 403)
    s3.head_object(Bucket=BUCKET, Key="k")
    _may(["s3:*", "kms:Decrypt"])
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


def test_lake_formation_decides_beside_iam(client: Client, authoriser: Authoriser) -> None:
    _may(["glue:*", "lakeformation:*"])
    lake, glue, admin = client("lakeformation", "testing"), client("glue", "ann"), client("glue", "testing")
    none: dict[str, Any] = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
    lake.put_data_lake_settings(
        DataLakeSettings={"DataLakeAdmins": [{"DataLakePrincipalIdentifier": role_arn(DEPLOYER)}], **none}
    )
    lake.register_resource(ResourceArn=f"arn:aws:s3:::{BUCKET}/landing", RoleArn=role_arn(DEPLOYER))
    admin.create_database(DatabaseInput={"Name": "landing"})

    def grant(permission: str, **resource: Any) -> None:
        lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": role_arn("ann")}, Resource=resource, Permissions=[permission]
        )

    def steps() -> list[Callable[[], Any]]:
        """What needs, in this order, a grant more each."""
        return [
            lambda: glue.get_database(Name="landing"),
            lambda: glue.create_table(DatabaseName="landing", TableInput=TABLE),
            lambda: glue.create_table(DatabaseName="landing", TableInput=TABLE),
        ]

    grants = [
        ("DESCRIBE", {"Database": {"Name": "landing"}}),
        ("CREATE_TABLE", {"Database": {"Name": "landing"}}),
        ("DATA_LOCATION_ACCESS", {"DataLocation": {"ResourceArn": f"arn:aws:s3:::{BUCKET}/landing"}}),
    ]
    for step, (permission, resource) in zip(steps(), grants, strict=True):
        assert _refused(step) == ("AccessDeniedException", 400)
        grant(permission, **resource)
    for step in (steps()[0], steps()[2]):
        step()
    glue.update_table(DatabaseName="landing", TableInput=TABLE)  # who makes a table may do all to it
    _may_not_grant = client("lakeformation", "ann")
    assert _refused(
        lambda: _may_not_grant.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": role_arn("bob")},
            Resource={"Database": {"Name": "landing"}},
            Permissions=["DESCRIBE"],
        )
    ) == ("AccessDeniedException", 403)
    assert (role_arn("ann"), "table/landing/customer") in authoriser.lake_formation.made


def test_old_defaults_give_new_tables_to_everybody_whom_iam_lets_in(client: Client) -> None:
    lake, admin = client("lakeformation", "testing"), client("glue", "testing")
    everybody = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    _may("glue:*")
    for name, defaults in (("closed", []), ("open", everybody)):
        lake.put_data_lake_settings(DataLakeSettings=settings | {"CreateTableDefaultPermissions": defaults})
        admin.create_database(DatabaseInput={"Name": name})
        admin.create_table(DatabaseName=name, TableInput={"Name": "t"})
    glue = client("glue", "ann")
    assert _refused(lambda: glue.get_table(DatabaseName="closed", Name="t")) == ("AccessDeniedException", 400)
    assert glue.get_table(DatabaseName="open", Name="t")["Table"]["Name"] == "t"


def test_a_role_is_taken_on_by_whom_it_trusts(client: Client, authoriser: Authoriser) -> None:
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    make_role("job", {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}, trust)
    _may("sts:AssumeRole")

    def take_on(key: str) -> Any:
        return client("sts", key).assume_role(RoleArn=role_arn("job"), RoleSessionName="run")["Credentials"]

    assert _refused(lambda: take_on("ann")) == ("AccessDenied", 403)
    key = take_on("glue")["AccessKeyId"]
    assert client("s3", key).list_buckets()["Buckets"]
    assert _refused(lambda: client("s3", key).list_objects_v2(Bucket=BUCKET)) == ("AccessDenied", 403)
    assert {principal.role for principal, _ in authoriser.refused} >= {"ann", "job"}
