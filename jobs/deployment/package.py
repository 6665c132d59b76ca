"""What Terraform deploys: ``python -m jobs.deployment.package`` builds it into ``build/package/``.

The folder holds the scripts, our code as an archive that executors can import, the dependencies, and ``manifest.json``
with the SHA-256 of each. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import StediError
from jobs.deployment.access import lineage_scripts, upkeep_scripts
from jobs.deployment.archive import sha256, write_zip
from jobs.deployment.dependencies import needed_on_glue, requirements, write_wheels

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).parents[2]
_PACKAGES = ("catalog", "expectations", "jobs")
_LEFT_OUT = {"__pycache__"}
# A wheel named .whl is not importable on executors; a zip is.
_CODE, _WHEELS = "stedi.zip", "dependencies.gluewheels.zip"


def build(folder: Path, *, dependencies: bool = True) -> Path:
    """Build everything anew; the manifest.

    Args:
        folder: where to; what is there already is replaced.
        dependencies: bring the dependencies, too (a minute, 150 MB); Terraform needs them.

    Raises:
        RetryableError: a dependency cannot be brought.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "scripts").mkdir(parents=True)
    scripts = {name: _script(folder, name) for name in script_names()}
    write_zip(folder / _CODE, dict(_code()))
    artefacts = {"code": _entry(folder, folder / _CODE)}
    if dependencies:
        lock = (SOURCES / "requirements.lock").read_text(encoding="utf-8")
        write_wheels(folder / _WHEELS, requirements(lock, needed_on_glue()))
        artefacts["dependencies"] = _entry(folder, folder / _WHEELS)
    manifest = folder / "manifest.json"
    document = {"artefacts": artefacts, "scripts": scripts}
    manifest.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return manifest


def script_names() -> list[str]:
    """Files in ``jobs/`` that Glue runs, without their ending: the lineage in its order, then those that may delete."""
    return [script.name for script in (*lineage_scripts(), *upkeep_scripts())]


def _script(folder: Path, name: str) -> dict[str, str]:
    copied = folder / "scripts" / f"{name}.py"
    copied.write_bytes((SOURCES / "jobs" / f"{name}.py").read_bytes())
    return _entry(folder, copied)


def _entry(folder: Path, path: Path) -> dict[str, str]:
    return {"file": path.relative_to(folder).as_posix(), "sha256": sha256(path)}


def _code() -> Iterator[tuple[str, bytes]]:
    """Every module, and every file that modules read."""
    for package in _PACKAGES:
        for path in (SOURCES / package).rglob("*"):
            if path.is_file() and not _LEFT_OUT & set(path.parts):
                yield path.relative_to(SOURCES).as_posix(), path.read_bytes()


def main() -> None:
    """Build, and print what was built."""
    parser = argparse.ArgumentParser(prog="python -m jobs.deployment.package", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("build/package"), help="folder to build into")
    parser.add_argument("--without-dependencies", action="store_true", help="bring no wheels; Terraform needs them")
    options = parser.parse_args()
    try:
        manifest = build(options.to, dependencies=not options.without_dependencies)
    except StediError as error:
        sys.stderr.write(f"package: {error}\n")
        sys.exit(error.exit_code)
    sys.stdout.write(manifest.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
