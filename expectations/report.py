"""Validation reports: one self-contained page and one JSON file per run, and a page that lists the runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from expectations.validation import Verdict

_JSON = "validation.json"


@dataclass(frozen=True)
class RunReport:
    """What a run came to.

    Attributes:
        run_id: the run.
        started: UTC.
        ended: UTC.
        verdicts: in the order of evaluation.
        rows: rows that readers see, by table.
        outcomes: published, unchanged or refused, by table.
    """

    run_id: str
    started: datetime
    ended: datetime
    verdicts: tuple[Verdict, ...]
    rows: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether no table was refused."""
        return all(verdict.success for verdict in self.verdicts) and "refused" not in self.outcomes.values()

    def document(self) -> dict[str, Any]:
        """The report for programs: counts and SQL, no personal data."""
        return {
            "run": self.run_id,
            "success": self.success,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "tables": [
                {"table": name, "outcome": outcome, "rows": self.rows.get(name)}
                for name, outcome in self.outcomes.items()
            ],
            "verdicts": [
                {
                    "table": verdict.table,
                    "snapshot": verdict.snapshot_id,
                    "success": verdict.success,
                    "evaluated": verdict.evaluated_at.isoformat(),
                    "facts": verdict.facts,
                    "results": [asdict(result) for result in verdict.results],
                }
                for verdict in self.verdicts
            ],
        }


def write_report(folder: Path, run: RunReport) -> Path:
    """Write the run's pages into ``folder/<run>/`` and list it in ``folder/index.html``; the run's page."""
    run_folder = folder / run.run_id
    run_folder.mkdir(parents=True, exist_ok=True)
    (run_folder / _JSON).write_text(json.dumps(run.document(), indent=2) + "\n", encoding="utf-8")
    page = run_folder / "index.html"
    page.write_text(_render("run.html", run=run.document()), encoding="utf-8")
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob(f"*/{_JSON}")]
    newest_first = sorted(documents, key=lambda document: document["started"], reverse=True)
    (folder / "index.html").write_text(_render("index.html", runs=newest_first), encoding="utf-8")
    return page


def _render(template: str, **values: object) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("expectations"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)
