"""What this machine and, on AWS, the account need for a lake: what is there, what is missing, and what to type next.

Nothing is changed, no secret is read, and no object of a bucket: that access is given is asked of the services.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from catalog.errors import DamagedLakeError, StediError
from catalog.profiles.glue import GlueProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.profiles.profile import Profile

State = Literal["ok", "none yet", "missing", "not asked", "damaged", "left over", "repaired"]
_PYTHON = (3, 11)
_OUR_PACKAGES = ("pyspark", "pyiceberg", "duckdb", "great-expectations", "boto3")


@dataclass(frozen=True)
class Finding:
    """What one look came to.

    Attributes:
        what: what was looked at.
        state: ``none yet`` is no fault: the first run makes it; ``not asked``: what was missing before it is needed.
        found: the version, address or reason.
        next: the command or setting that helps; empty where nothing has to.
    """

    what: str
    state: State
    found: str
    next: str = ""


def examine(profile: Profile) -> list[Finding]:
    """Everything, in the order in which it is needed."""
    findings = [*_machine(profile)]
    if isinstance(profile, GlueProfile):
        from catalog.doctor.account import account_findings

        findings += account_findings(profile)
    findings.append(
        looked("pseudonym key", lambda: _key(profile), "set STEDI_PSEUDONYM_SECRET_ARN or STEDI_PSEUDONYM_KEY")
    )
    return [*findings, _lake(profile, findings)]


def looked(what: str, look: Callable[[], str], next_: str, state: State = "missing") -> Finding:
    """The finding of a look, which tells what it found or raises why it cannot."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return Finding(what, "ok", look())
    except DamagedLakeError as error:
        return Finding(what, "missing", str(error), "do what it says: nothing is made beside what is left")
    except StediError as error:
        return Finding(what, state, str(error), next_)
    except ClientError as error:
        return Finding(what, state, f"AWS says {error.response.get('Error', {}).get('Code', 'no')}", next_)
    except (BotoCoreError, OSError) as error:
        return Finding(what, state, f"{type(error).__name__}: {error}".partition("\n")[0], next_)


def _machine(profile: Profile) -> Iterator[Finding]:
    from catalog.machine.jars import missing_jars
    from catalog.machine.java import java_home, major_version

    version = ".".join(map(str, sys.version_info[:3]))
    right = sys.version_info[:2] == _PYTHON
    yield Finding(
        "Python", "ok" if right else "missing", version, "" if right else "install Python 3.11, then: make setup"
    )
    for name in _OUR_PACKAGES:
        yield looked(f"package {name}", partial(_version, name), "make setup")
    if profile.name == "emulated":
        yield looked("package moto", lambda: _version("moto"), "pip install 'stedi-lakehouse[emulated]'")
    yield looked("Java 17", lambda: f"{major_version(java_home())} in {java_home()}", "make setup")
    missing = missing_jars(profile.jars)
    found = f"not here yet: {', '.join(missing)}" if missing else ", ".join(profile.jars)
    next_ = f"stedi init {profile.options} brings them from Maven Central" if missing else ""
    yield Finding("Spark's jars", "none yet" if missing else "ok", found, next_)


def _version(name: str) -> str:
    from catalog.errors import UsageError

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError as error:
        raise UsageError("not installed") from error


def _key(profile: Profile) -> str:
    """Where the key comes from: whether it can be read is known when it is used."""
    import os

    if isinstance(profile, GlueProfile) and profile.settings.pseudonym_secret_arn:
        described = profile.client("secretsmanager").describe_secret(SecretId=profile.settings.pseudonym_secret_arn)
        return f"secret {described['Name']}"
    if os.environ.get("STEDI_PSEUDONYM_KEY"):
        return "STEDI_PSEUDONYM_KEY"
    profile.pseudonym_key()
    return "a file in the user's settings, made on first use"


def _lake(profile: Profile, before: list[Finding]) -> Finding:
    from catalog.specs import TABLES

    if any(finding.state in {"missing", "not asked"} for finding in before):
        return Finding("tables", "not asked", "what is missing above comes first")

    def look() -> str:
        profile.must_exist()
        return f"{len(profile.metadata_locations())} of {len(TABLES)} in {profile.place}"

    return looked("tables", look, f"stedi init {profile.options}", "none yet")
