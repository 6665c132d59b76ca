"""Write Terraform's inputs about the jobs: ``python -m jobs.deployment [--to terraform]``; a test keeps them equal."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from jobs.deployment.access import upkeep_scripts
from jobs.deployment.declarations import variables
from jobs.deployment.state_machine import state_machine
from jobs.deployment.upkeep_machine import upkeep_machine


def written() -> dict[str, str]:
    """The text of each file, by name."""
    machines = {"state_machine": state_machine()} | {each.name: upkeep_machine(each.name) for each in upkeep_scripts()}
    return {"lineage.auto.tfvars.json": _text(variables())} | {
        # A number for Step Functions, which templates can only give as text.
        f"{name}.asl.json": _text(machine).replace('"${timeout_seconds}"', "${timeout_seconds}")
        for name, machine in machines.items()
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(prog="python -m jobs.deployment", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("terraform"), help="folder to write to")
    folder: Path = parser.parse_args().to
    for name, text in written().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
