"""The configuration as it is written: formatted, valid, described, and what its own tests say of it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.terraform.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.terraform.conftest import Terraform

FOLDER = ROOT / "terraform"
MODULES = [FOLDER, *sorted((FOLDER / "modules").iterdir())]


def _blocks(kind: str, folder: Path) -> dict[str, str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf")))
    return dict(re.findall(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL))


def test_it_is_formatted(terraform: Terraform) -> None:
    terraform("fmt", "-check", "-recursive", "-diff")


def test_it_is_valid(terraform: Terraform) -> None:
    assert terraform.json("validate", "-json")["valid"]


def test_what_its_tests_say(terraform: Terraform) -> None:
    """Policies, retention, encryption and arguments, with mocked providers."""
    said = terraform("test")
    assert re.search(r"Success! \d+ passed, 0 failed", said)


@pytest.mark.parametrize("values", ["environments/prod.tfvars", "examples/complete.tfvars"])
def test_values_plan_and_keep_what_is_promised(terraform: Terraform, values: str) -> None:
    """Those of dev are applied on loopback."""
    said = terraform("test", "-filter=tests/storage.tftest.hcl", f"-var-file={values}")
    assert re.search(r"Success! \d+ passed, 0 failed", said)


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_every_variable_and_output_is_described(folder: Path) -> None:
    variables, outputs = _blocks("variable", folder), _blocks("output", folder)
    assert variables
    assert outputs
    assert not [name for name, block in variables.items() if "description" not in block or "type " not in block]
    assert not [name for name, block in outputs.items() if "description" not in block]


def test_the_complete_example_sets_every_variable() -> None:
    example = (FOLDER / "examples" / "complete.tfvars").read_text(encoding="utf-8")
    generated = {"jobs", "spark_conf", "tables"}
    assert set(re.findall(r"^(\w+) +=", example, re.MULTILINE)) == set(_blocks("variable", FOLDER)) - generated


@pytest.mark.parametrize("values", ["environments/dev.tfvars", "environments/prod.tfvars", "examples/complete.tfvars"])
def test_values_set_only_variables_that_there_are(values: str) -> None:
    text = (FOLDER / values).read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+) +=", text, re.MULTILINE)) <= set(_blocks("variable", FOLDER))


def test_no_secret_and_no_account_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "terraform"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in listed:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"AKIA[0-9A-Z]{16}|secret_key|access_key", text), name
        assert set(re.findall(r"\b\d{12}\b", text)) <= {"123456789012"} | {"100000000000"}, name


def test_every_skipped_check_has_its_reason() -> None:
    for path in FOLDER.rglob("*.tf"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "checkov:skip" in line:
                assert re.search(r"#checkov:skip=CKV2?_\w+:.{10,}", line), f"{path.name}: {line}"


def _resources(kind: str) -> dict[str, str]:
    found = {}
    for path in FOLDER.rglob("*.tf"):
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(rf'^resource "{kind}" "(\w+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)
        found.update({f"{path.parent.name}/{name}": block for name, block in blocks})
    return found


def test_no_right_to_select_is_given_and_taken_at_every_plan() -> None:
    """The provider sends SELECT on `table {}`, and reads it back as on the table's columns: it would replace it."""
    grants = _resources("aws_lakeformation_permissions")
    assert len(grants) >= 8
    for name, block in grants.items():
        given = re.search(r"^  permissions = (.*)$", block, re.MULTILINE)
        assert given, name
        if re.search(r"^  table \{", block, re.MULTILINE):
            assert '"SELECT"' not in given[1], name
            assert "each.value" not in given[1] or name == "access/job", name
    rights_of_jobs = (FOLDER / "modules" / "access" / "main.tf").read_text(encoding="utf-8").split("job_zones = ")[1]
    assert '"SELECT"' not in rights_of_jobs.split("resource ")[0]
