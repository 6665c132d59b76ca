"""A lake in AWS Glue's catalog and on S3: in an account, or in the emulator on loopback; the same code for both."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError, UsageError
from catalog.machine.aws_errors import refused
from catalog.profiles.identity import not_replayed
from catalog.profiles.profile import FILE_IO, ICEBERG_JAR, SPARK_CATALOG, Profile
from catalog.profiles.settings import Settings, load_settings
from catalog.schema.table_spec import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

_EMULATED = Settings(
    region="us-east-1",
    warehouse_bucket="stedi-warehouse",
    drop_bucket="stedi-drop",
    artefacts_bucket="stedi-artefacts",
    requests_bucket="stedi-requests",
    athena_results_bucket="stedi-athena-results",
    athena_workgroup="stedi",
    pseudonym_secret_arn="stedi-pseudonym-key",  # noqa: S106 - its name, not what it holds
    certificate_secret_arn="stedi-certificate-key",  # noqa: S106 - likewise
)
# The emulator asks for some credentials; that these are nobody's is their purpose.
_NOBODY = "testing"
_RESTORED = "stedi.restored"
"""The parameter of landing's database that says that erasures must be replayed."""


@dataclass(frozen=True)
class GlueProfile(Profile):
    """A lake in Glue's catalog, its files on S3.

    Attributes:
        settings: names and addresses.
        endpoint: address of the emulator; None: AWS.
        hosted: whether this process is a Glue job, whose Spark is Glue's to set up.
        replaying: whether this is for who replays erasures.
    """

    settings: Settings
    endpoint: str | None = None
    hosted: bool = False
    replaying: bool = False

    @property
    def name(self) -> str:
        """``emulated`` or ``aws``."""
        return "emulated" if self.endpoint else "aws"

    @property
    def place(self) -> str:
        """The warehouse's address."""
        return self.warehouse

    @property
    def options(self) -> str:
        """The profile; settings are said once, in the environment or a file."""
        return f"--profile {self.name}"

    @property
    def jars(self) -> tuple[str, ...]:
        """Iceberg, and AWS's clients for it."""
        return (ICEBERG_JAR, "iceberg-aws-bundle")

    @property
    def environment(self) -> Mapping[str, str]:
        """Nobody's credentials for the emulator, in place of the user's; on AWS what the user has set."""
        if self.endpoint is None:
            return {}
        return {
            "AWS_ACCESS_KEY_ID": _NOBODY,
            "AWS_SECRET_ACCESS_KEY": _NOBODY,
            "AWS_REGION": self.settings.region,
            "AWS_DEFAULT_REGION": self.settings.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def with_prefix(self, prefix: str) -> GlueProfile:
        """The lake whose databases' names begin so, in the same buckets."""
        return replace(self, settings=replace(self.settings, database_prefix=prefix))

    @property
    def warehouse(self) -> str:
        """The address under which tables are put."""
        return f"s3://{self.settings.warehouse_bucket}/warehouse"

    @property
    def reports(self) -> str:
        """The address of validation reports."""
        return f"s3://{self.settings.artefacts_bucket}/reports"

    @property
    def report_location(self) -> str:
        """The address of validation reports."""
        return self.reports

    @property
    def privacy(self) -> str:
        """Beside the tables of these databases."""
        return f"s3://{self.settings.warehouse_bucket}/{self.settings.database_prefix}privacy"

    def database(self, zone: str) -> str:
        """The zone's name behind the prefix: databases of all that is in an account and region share one catalog."""
        return f"{self.settings.database_prefix}{zone}"

    def spark_conf(self) -> dict[str, str]:
        """Settings of Spark's Iceberg catalog ``stedi``."""
        conf = {
            "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            "warehouse": self.warehouse,
            "client.region": self.settings.region,
            # A cached table would hide what another writer published meanwhile.
            "cache-enabled": "false",
        }
        if self.endpoint:
            conf |= {"glue.endpoint": self.endpoint, "s3.endpoint": self.endpoint, "s3.path-style-access": "true"}
            conf |= {"s3.retry.min-wait-ms": "20"}  # nobody else is served while one waits
        if self.settings.kms_key_arn:
            conf |= {"s3.sse.type": "kms", "s3.sse.key": self.settings.kms_key_arn}
        return {SPARK_CATALOG: "org.apache.iceberg.spark.SparkCatalog"} | {
            f"{SPARK_CATALOG}.{key}": value for key, value in conf.items()
        }

    def pyiceberg_properties(self) -> dict[str, str]:
        """Properties for ``pyiceberg.catalog.load_catalog("stedi", …)``."""
        properties = {
            "type": "glue",
            "warehouse": self.warehouse,
            "py-io-impl": FILE_IO,
            "glue.region": self.settings.region,
            "s3.region": self.settings.region,
        }
        if self.endpoint:
            for service in ("glue", "s3"):
                properties |= {
                    f"{service}.endpoint": self.endpoint,
                    f"{service}.access-key-id": _NOBODY,
                    f"{service}.secret-access-key": _NOBODY,
                }
        return properties

    def drop(self, named: str | None) -> Path | str | None:
        """The folder or S3 address that is named, else the drop bucket; with what executors need to reach it."""
        if named is not None and not named.startswith("s3://"):
            return Path(named)
        address = named or f"s3://{self.settings.drop_bucket}"
        if self.endpoint is None:
            return f"{address}?region={self.settings.region}"
        host = self.endpoint.removeprefix("http://")
        reached = f"region={self.settings.region}&scheme=http&endpoint_override={host}"
        return f"{address.replace('s3://', f's3://{_NOBODY}:{_NOBODY}@', 1)}?{reached}"

    def pseudonym_key(self) -> str | None:
        """What the secret holds; None where the settings name none and the user has set a key.

        Raises:
            UsageError: it cannot be read, or there is neither.
        """
        return self._secret("pseudonym")

    def certificate_key(self) -> str | None:
        """The key that signs certificates of erasures, as ``pseudonym_key``."""
        return self._secret("certificate")

    def _secret(self, name: str) -> str | None:
        arn = getattr(self.settings, f"{name}_secret_arn")
        if not arn:
            if os.environ.get(f"STEDI_{name.upper()}_KEY"):
                return None
            # A key made on the spot would be lost with the machine, and with it what it was made for.
            raise UsageError(f"no {name} key: set STEDI_{name.upper()}_SECRET_ARN, an output of Terraform")
        from botocore.exceptions import ClientError

        try:
            found = self.client("secretsmanager").get_secret_value(SecretId=arn)
        except ClientError as error:
            raise refused(error, f"the {name} key") from error
        return str(found["SecretString"])

    def client(self, service: str) -> Any:
        """boto3's client of a service.

        Raises:
            UsageError: AWS is not set up on this machine.
        """
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        patience = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)
        keys = {"aws_access_key_id": _NOBODY, "aws_secret_access_key": _NOBODY} if self.endpoint else {}
        try:
            return boto3.client(
                service, region_name=self.settings.region or None, endpoint_url=self.endpoint, config=patience, **keys
            )
        except BotoCoreError as error:
            raise UsageError(
                f"AWS is not set up: {error}; see what is missing with: stedi doctor {self.options}"
            ) from error

    def metadata_locations(self) -> dict[str, str]:
        """Where the metadata of every table is; each database is read by itself, as Glue has no moment for all."""
        pages = self.client("glue").get_paginator("get_tables")
        found = {}
        for zone in Zone:
            for page in pages.paginate(DatabaseName=self.database(zone)):
                for table in page["TableList"]:
                    if location := table.get("Parameters", {}).get("metadata_location"):
                        found[f"{zone}.{table['Name']}"] = location
        return found

    def must_exist(self) -> None:
        """Refuse to go on where there is no lake, or one that may not answer.

        Raises:
            UsageError: the catalog has no database of the landing zone.
            DamagedLakeError: it has none, and the bucket of tables' files is not empty; or erasures must be replayed
                first.
        """
        glue = self.client("glue")
        try:
            self._refuse_restored()
        except glue.exceptions.EntityNotFoundException as error:
            if self.has_files():
                raise DamagedLakeError(
                    f"Glue has no database {self.database(Zone.LANDING)}, and {self.settings.warehouse_bucket} holds "
                    "files of its tables; nothing was made: restore the catalog, or take another bucket or prefix"
                ) from error
            raise UsageError(
                f"Glue has no database {self.database(Zone.LANDING)}, so there is no lake yet; "
                f"make one with: stedi init {self.options}"
            ) from error

    def for_replay(self) -> GlueProfile:
        """The same catalog and buckets."""
        return replace(self, replaying=True)

    def restored_mark(self) -> dict[str, Any] | None:
        """A parameter of landing's database, which whoever opens the lake asks for anyhow."""
        database = self.client("glue").get_database(Name=self.database(Zone.LANDING))["Database"]
        mark = database.get("Parameters", {}).get(_RESTORED)
        if mark is None:
            return None
        try:
            return dict(json.loads(mark))
        except ValueError:
            return {}

    def mark_restored(self, mark: dict[str, Any] | None) -> None:
        """Set the parameter, or take it away."""
        glue, name = self.client("glue"), self.database(Zone.LANDING)
        database = glue.get_database(Name=name)["Database"]
        kept = {
            key: database[key]
            for key in ("Name", "Description", "LocationUri", "CreateTableDefaultPermissions")
            if key in database
        }
        parameters = {key: value for key, value in database.get("Parameters", {}).items() if key != _RESTORED}
        if mark is not None:
            parameters[_RESTORED] = json.dumps(mark)
        glue.update_database(Name=name, DatabaseInput=kept | {"Parameters": parameters})

    def _refuse_restored(self) -> None:
        mark = self.restored_mark()
        if mark is not None and not self.replaying:
            raise not_replayed(self.place, self.options, mark)

    def has_files(self) -> bool:
        """Whether the bucket of tables' files holds any of this lake's."""
        s3 = self.client("s3")
        folders = [f"warehouse/{self.database(zone)}{ending}/" for zone in Zone for ending in (".db", "")]
        try:
            return any(
                s3.list_objects_v2(Bucket=self.settings.warehouse_bucket, Prefix=folder, MaxKeys=1).get("KeyCount")
                for folder in folders
            )
        except s3.exceptions.NoSuchBucket:
            return False

    def prepare(self) -> None:
        """Make the buckets in the emulator; on AWS they are Terraform's.

        Raises:
            UsageError: settings are missing.
            DamagedLakeError: the lake came from a backup, and erasures must be replayed first.
        """
        needed = ("region", "warehouse_bucket", "drop_bucket", "artefacts_bucket")
        if missing := self.settings.missing(*needed):
            names = ", ".join(f"STEDI_{name.upper()}" for name in missing)
            raise UsageError(
                f"the profile {self.name} lacks {', '.join(missing)}: set {names}, or give the outputs of Terraform "
                f"with: stedi --settings FILE; see: stedi doctor {self.options}"
            )
        glue = self.client("glue")
        with suppress(glue.exceptions.EntityNotFoundException):
            self._refuse_restored()
        if self.endpoint and not self.hosted:  # what starts the jobs has put there what they need
            self._furnish()

    def deliver(self, folder: Path) -> int:
        """Put the files of a drop folder into the drop bucket; how many they are."""
        s3, files = self.client("s3"), [path for path in sorted(folder.rglob("*")) if path.is_file()]
        for path in files:
            s3.upload_file(str(path), self.settings.drop_bucket, path.relative_to(folder).as_posix())
        return len(files)

    def _furnish(self) -> None:
        """Make in the emulator what Terraform makes on AWS."""
        s3, vault = self.client("s3"), self.client("secretsmanager")
        there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        for name in {getattr(self.settings, each) for each in vars(self.settings) if each.endswith("_bucket")}:
            if name and name not in there:
                s3.create_bucket(Bucket=name)
        known = {each["Name"] for each in vault.list_secrets()["SecretList"]}
        for secret in {self.settings.pseudonym_secret_arn, self.settings.certificate_secret_arn} - known - {""}:
            vault.create_secret(Name=secret, SecretString=secrets.token_hex(32))


def emulated_profile(endpoint: str) -> GlueProfile:
    """The lake in the emulator at that address; of all settings only the prefix of its databases can be chosen."""
    return GlueProfile(replace(_EMULATED, database_prefix=load_settings().database_prefix), endpoint)


def aws_profile(settings: Settings) -> GlueProfile:
    """The lake in the account that AWS's own settings give access to."""
    return GlueProfile(settings)
