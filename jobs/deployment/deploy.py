"""Deploy: ``python -m jobs.deployment.deploy ENVIRONMENT [--plan] [--yes]``; package, upload, apply, smoke run.

The first run makes the tables; what needs them (their maintenance, rights to each of them) is applied after it.
Credentials are AWS's own business: a profile, or a role taken on by OIDC. Terraform asks before it changes anything,
unless ``--yes`` says not to.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import RetryableError, StediError, UsageError
from catalog.profiles.open_access import close_openings
from catalog.specs import TABLES
from jobs.deployment.package import SOURCES, build
from jobs.deployment.secret import ensure_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catalog.profiles.glue import GlueProfile

ENVIRONMENTS = ("dev", "prod")
_POLL_SECONDS = 15
_UPLOADED = ("module.jobs.aws_s3_object.artefact", "module.jobs.aws_s3_object.script")


@dataclass(frozen=True)
class Deployment:
    """One deployment.

    Attributes:
        environment: dev or prod.
        yes: whether to change things without asking.
        folder: Terraform's configuration.
        say: is told of each step.
    """

    environment: str
    yes: bool
    folder: Path
    say: Callable[[str], None]

    def terraform(self, *arguments: str, capture: bool = False) -> str:
        """Run Terraform.

        Raises:
            UsageError: it is not on this machine.
            RetryableError: it failed; it has said why.
        """
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments
                ["terraform", f"-chdir={self.folder}", *arguments],  # noqa: S607 - the user's Terraform
                stdout=subprocess.PIPE if capture else None,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise UsageError("terraform is not on this machine; install version 1.11 or newer") from error
        if done.returncode:
            raise RetryableError(f"terraform {arguments[0]} failed; see above")
        return done.stdout or ""

    def initialise(self) -> None:
        """Find the state.

        Raises:
            UsageError: nothing says where it is.
        """
        backend = Path("environments") / f"{self.environment}.s3.tfbackend"
        if not (self.folder / backend).exists():
            raise UsageError(f"where is the state? copy {backend}.example to {backend} and name your bucket")
        self.terraform("init", "-input=false", "-reconfigure", f"-backend-config={backend}")

    def plan(self, *, tables_exist: bool) -> None:
        """Show what would change."""
        self.terraform("plan", "-out=deploy.tfplan", *self._values(tables_exist=tables_exist))

    def apply(self, *targets: str, tables_exist: bool) -> None:
        """Apply the changes; with targets, only these and their dependencies."""
        asking = ["-auto-approve"] if self.yes else []
        chosen = [f"-target={target}" for target in targets]
        self.terraform("apply", *asking, *chosen, *self._values(tables_exist=tables_exist))

    def _values(self, *, tables_exist: bool) -> Sequence[str]:
        return (f"-var-file=environments/{self.environment}.tfvars", f"-var=tables_exist={str(tables_exist).lower()}")

    def lake(self) -> GlueProfile | None:
        """The lake that is deployed, by Terraform's outputs; None before the first time."""
        from catalog.profiles.glue import aws_profile
        from catalog.profiles.settings import Settings, setting_names

        outputs = json.loads(self.terraform("output", "-json", capture=True))
        found = {name: outputs[name]["value"] for name in setting_names() if name in outputs}
        return aws_profile(Settings(**found)) if found.get("state_machine_arn") else None


def deploy(deployment: Deployment, package: Callable[[], object]) -> None:
    """Package, upload, apply and run; if the run created the tables, apply what depends on them.

    Raises:
        RetryableError: a step failed.
        UsageError: the machine or the settings are not as needed.
    """
    deployment.say("package")
    package()
    deployment.initialise()
    there = _tables_exist(deployment.lake())
    deployment.say("upload")
    deployment.apply(*_UPLOADED, tables_exist=there)
    deployment.say("apply")
    deployment.apply(tables_exist=there)
    lake = deployment.lake()
    if lake is None:
        raise RetryableError("nothing was applied; run again: make deploy")
    for name in ("pseudonym", "certificate"):
        if ensure_key(lake.client("secretsmanager"), getattr(lake.settings, f"{name}_secret_arn")):
            deployment.say(f"made the {name} key")
    _close(deployment, lake)
    deployment.say("smoke run")
    smoke_run(lake.client("stepfunctions"), lake.settings.state_machine_arn)
    if not there:
        deployment.say("apply what needs the tables")
        deployment.apply(tables_exist=True)
        _close(deployment, lake)


def _close(deployment: Deployment, lake: GlueProfile) -> None:
    """Let Lake Formation alone decide: a table that IAM opens shows every column to whoever may query."""
    if closed := close_openings(lake):
        deployment.say(f"closed to all but those whom Lake Formation lets in: {', '.join(closed)}")


def _tables_exist(lake: GlueProfile | None) -> bool:
    return lake is not None and set(TABLES) <= set(lake.metadata_locations())


def smoke_run(states: Any, machine: str) -> None:
    """Run the whole lineage once, and wait until it ends.

    Args:
        states: boto3's client of Step Functions.
        machine: the state machine's ARN.

    Raises:
        RetryableError: the run failed.
    """
    execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    if found["status"] != "SUCCEEDED":
        raise RetryableError(f"the smoke run ended as {found['status']}: {execution}; its history tells why")


def _say(step: str) -> None:
    sys.stderr.write(f"== {step}\n")


def main() -> None:
    """Deploy, or show what that would change."""
    parser = argparse.ArgumentParser(prog="python -m jobs.deployment.deploy", description=__doc__)
    parser.add_argument("environment", choices=ENVIRONMENTS)
    parser.add_argument("--plan", action="store_true", help="show what would change; change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before changing things")
    options = parser.parse_args()
    deployment = Deployment(options.environment, options.yes, SOURCES / "terraform", _say)

    def package() -> object:
        return build(SOURCES / "build" / "package")

    try:
        if options.plan:
            package()
            deployment.initialise()
            deployment.plan(tables_exist=_tables_exist(deployment.lake()))
        else:
            deploy(deployment, package)
    except StediError as error:
        sys.stderr.write(f"deploy: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
