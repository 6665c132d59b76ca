"""Terraform on a copy of ``terraform/``, with the provider from a mirror where this machine has one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROVIDER = Path("registry.terraform.io/hashicorp/aws/5.100.0")
MIRROR = "STEDI_TERRAFORM_MIRROR"
"""Names a folder of providers, laid out as ``terraform providers mirror`` does; without, usual places are looked at."""


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str, expect: int = 0, **variables: str) -> str:
        """Run a command; what it printed."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == expect, done.stdout[-6000:] + done.stderr[-6000:]
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run a command that prints JSON; the document."""
        return json.loads(self(*arguments))


def _mirror() -> Path | None:
    named = os.environ.get(MIRROR)
    usual = [Path(named)] if named else [*Path("/opt").glob("*"), *Path("/usr/share/terraform").glob("*")]
    return next((folder for folder in usual if (folder / PROVIDER).is_dir()), None)


@pytest.fixture(scope="session")
def terraform_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment, with a CLI configuration that finds the provider; the user's own where there is no mirror."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on this machine")
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color", "CHECKPOINT_DISABLE": "1"}
    configured = os.environ.get("TF_CLI_CONFIG_FILE")
    mirror = _mirror()
    if mirror is not None and not (configured and Path(configured).exists()):
        configuration = tmp_path_factory.mktemp("terraform") / "cli.tfrc"
        configuration.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n', encoding="utf-8"
        )
        environment["TF_CLI_CONFIG_FILE"] = str(configuration)
    return environment


@pytest.fixture(scope="session")
def terraform(terraform_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The platform's configuration, its provider in place."""
    return initialised(tmp_path_factory.mktemp("platform"), terraform_environment)


def initialised(place: Path, environment: dict[str, str], overrides: dict[str, str] | None = None) -> Terraform:
    """A copy of the configuration in that place, with more files laid over it.

    Args:
        place: an empty folder.
        environment: the processes' environment.
        overrides: texts of files by their name within ``terraform/``.
    """
    folder = place / "terraform"
    shutil.copytree(ROOT / "terraform", folder, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    shutil.copytree(ROOT / "catalog" / "queries", place / "catalog" / "queries")
    for name, text in (overrides or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["terraform", "init", "-input=false", *([] if overrides else ["-backend=false"])],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not (place / "terraform" / ".terraform" / "providers").exists():
        pytest.skip(f"the AWS provider cannot be had; {MIRROR} may name a folder of providers")
    assert done.returncode == 0, done.stderr
    return Terraform(folder, environment)
