"""What a lake on AWS needs to be told: names and addresses, never credentials; those come from AWS's own settings.

Each setting is taken from the first of these that has it: an argument, the variable ``STEDI_<NAME>``, the settings file
(what ``terraform output -json`` prints), and for the region AWS's own variables and profile.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "STEDI_SETTINGS"


def _setting(doc: str) -> Any:
    return field(default="", metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    """Settings of a lake; attributes that name something on AWS are names of Terraform's outputs, too."""

    region: str = _setting("AWS's region")
    warehouse_bucket: str = _setting("bucket of the tables' files")
    curated_bucket: str = _setting("bucket of the curated zone's tables, where their databases say so")
    drop_bucket: str = _setting("bucket that devices and the app deliver to")
    artefacts_bucket: str = _setting("bucket of reports, and of the code that jobs run")
    requests_bucket: str = _setting("bucket of lists of people to erase, which only the privacy officer writes to")
    athena_results_bucket: str = _setting("bucket of Athena's answers")
    athena_workgroup: str = _setting("Athena's workgroup")
    database_prefix: str = _setting("what the names of the zones' databases begin with")
    kms_key_arn: str = _setting("key that the tables' files are encrypted with; empty: the bucket's own")
    pseudonym_secret_arn: str = _setting("secret of Secrets Manager that holds the key of pseudonyms")
    certificate_secret_arn: str = _setting("secret of Secrets Manager that holds the key that signs certificates")
    state_machine_arn: str = _setting("state machine that runs the jobs")
    refused_share: str = _setting("share of a source's records that may be refused; 0.05 where nothing is said")
    accept_refused: str = _setting("true: publish what was accepted, whatever share of a delivery was refused")
    withdrawal_days: str = _setting("days within which withdrawn rows leave every file; 30 where nothing is said")
    maintenance_days: str = _setting("days from one maintenance to the next; 1 where nothing is said")
    noncurrent_days: str = _setting("days for which the buckets keep what was deleted")
    strict: str = _setting(
        "true: refuse deliveries with refused customer records of which it is not certain whom they concern"
    )

    def missing(self, *names: str) -> list[str]:
        """Those of these settings that nothing was said of."""
        return [name for name in names if not getattr(self, name)]


def setting_names() -> dict[str, str]:
    """Every setting, with what it is."""
    return {each.name: str(each.metadata["doc"]) for each in fields(Settings)}


def load_settings(given: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """The settings of this call.

    Args:
        given: settings from arguments.
        file: the settings file; by default the one that STEDI_SETTINGS names.

    Raises:
        UsageError: the file cannot be read, or is not what Terraform prints.
    """
    from pathlib import Path

    if file is None and os.environ.get(_FILE):
        file = Path(os.environ[_FILE])
    stored = _read(file) if file else {}
    variables = {name: os.environ.get(f"STEDI_{name.upper()}", "") for name in setting_names()}
    found = {
        name: (given or {}).get(name) or variables[name] or stored.get(name, "") or _elsewhere(name)
        for name in setting_names()
    }
    return Settings(**found)


def _elsewhere(name: str) -> str:
    return (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "") if name == "region" else ""


def _read(file: Path) -> dict[str, str]:
    """Outputs as Terraform prints them, ``{"name": {"value": …}}``, or plain ``{"name": …}``."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the settings file {file} cannot be read: {error.strerror}; create it: terraform output -json > {file}"
        ) from error
    except ValueError as error:
        raise UsageError(f"the settings file {file} is not JSON; create it with: terraform output -json") from error
    if not isinstance(document, dict):
        raise UsageError(f"the settings file {file} holds no object; create it with: terraform output -json")
    outputs = {
        name: each["value"] if isinstance(each, dict) and "value" in each else each for name, each in document.items()
    }
    return {name: value for name, value in outputs.items() if isinstance(value, str)}
