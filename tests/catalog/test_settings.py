"""Settings of a lake on AWS: where each comes from, and what they make of the profile."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from catalog.drop.listing import list_drop, open_delivered, shown
from catalog.errors import UsageError
from catalog.profiles.glue import aws_profile
from catalog.profiles.named import ProfileName, profile_named
from catalog.profiles.settings import load_settings
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.glue import GlueProfile

OUTPUTS = {
    "region": {"sensitive": False, "type": "string", "value": "eu-central-1"},
    "warehouse_bucket": {"sensitive": False, "type": "string", "value": "from-terraform"},
    "drop_bucket": {"sensitive": False, "type": "string", "value": "drop"},
    "database_prefix": {"sensitive": False, "type": "string", "value": "acme_"},
    "kms_key_arns": {"sensitive": False, "type": ["map", "string"], "value": {"landing": "arn:aws:kms:x"}},
}


def test_an_argument_comes_before_a_variable_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(OUTPUTS), encoding="utf-8")
    monkeypatch.setenv("STEDI_SETTINGS", str(file))
    monkeypatch.setenv("STEDI_DROP_BUCKET", "from-variable")
    monkeypatch.setenv("STEDI_ARTEFACTS_BUCKET", "artefacts")
    found = load_settings({"artefacts_bucket": "from-argument"})
    assert found.warehouse_bucket == "from-terraform"
    assert found.drop_bucket == "from-variable"
    assert found.artefacts_bucket == "from-argument"
    assert found.missing("region", "warehouse_bucket", "pseudonym_secret_arn") == ["pseudonym_secret_arn"]


def test_they_turn_into_spark_and_pyiceberg_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(OUTPUTS), encoding="utf-8")
    profile = aws_profile(load_settings(file=file))
    conf, properties = profile.spark_conf(), profile.pyiceberg_properties()
    assert conf["spark.sql.catalog.stedi.catalog-impl"] == "org.apache.iceberg.aws.glue.GlueCatalog"
    assert conf["spark.sql.catalog.stedi.warehouse"] == properties["warehouse"] == "s3://from-terraform/warehouse"
    assert conf["spark.sql.catalog.stedi.client.region"] == properties["glue.region"] == "eu-central-1"
    assert profile.database("trusted") == "acme_trusted"
    assert profile.drop(None) == "s3://drop?region=eu-central-1"
    assert profile.environment == {}
    # Credentials are AWS's own affair: none is passed on, and no endpoint.
    assert not [name for name in (*conf, *properties) if "key" in name or "endpoint" in name]
    monkeypatch.delenv("STEDI_PSEUDONYM_KEY")
    with pytest.raises(UsageError, match="STEDI_PSEUDONYM_SECRET_ARN"):
        profile.pseudonym_key()


@pytest.mark.parametrize("text", ["no JSON", "[]"])
def test_a_file_that_is_no_settings(text: str, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="terraform output -json"):
        load_settings(file=tmp_path / "settings.json")
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings(file=tmp_path / "none.json")


def test_a_lake_that_lacks_settings_says_which(tmp_path: Path) -> None:
    done = stedi("--profile", "aws", "init", AWS_REGION="")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "stedi: the profile aws lacks region, warehouse_bucket, drop_bucket, artefacts_bucket"
    )
    assert "STEDI_WAREHOUSE_BUCKET" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    # The option behind the verb comes before the one that stands before it.
    done = stedi("--profile", "aws", "status", "--profile", "local", "--lake", tmp_path)
    assert done.returncode == 2
    assert f"there is no lake in {tmp_path}" in done.stderr


def test_an_emulated_lake_lives_in_an_emulator(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stedi emulator"):
        profile_named(ProfileName.EMULATED, tmp_path)


def test_the_drop_bucket_is_listed_and_read(emulated: GlueProfile, tmp_path: Path) -> None:
    folder = tmp_path / "accelerometer" / "landing" / "2026"
    folder.mkdir(parents=True)
    (folder / "a b%3F?ä.json").write_text('{"x": 1}', encoding="utf-8")
    (folder / ".hidden").write_text("no", encoding="utf-8")
    drop = emulated.drop(None)
    assert drop is not None
    with pytest.raises(UsageError, match="nothing is delivered in s3://stedi-drop; expected files under"):
        list_drop(drop)
    assert emulated.deliver(tmp_path) == 2
    [file] = list_drop(drop).files
    assert (file.source, file.name, file.size) == ("accelerometer", "accelerometer/landing/2026/a b%3F?ä.json", 8)
    assert file.modified_micros > 1_600_000_000_000_000
    with open_delivered(pickle.loads(pickle.dumps(file)).uri) as stream:  # noqa: S301 - our own
        assert stream.read(1) + stream.read() == b'{"x": 1}'
    assert shown(drop) == "s3://stedi-drop"
    [named] = list_drop(emulated.drop("s3://stedi-drop/") or "").files
    assert named.name == file.name
