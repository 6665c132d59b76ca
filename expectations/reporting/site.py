"""The report site: a folder per run, and a page that lists the runs. It needs no network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.plural import counted
from expectations.reporting.junit import junit
from expectations.reporting.view import counts, refuses, table_views, zones
from expectations.validation.validate import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jinja2 import Environment

    from expectations.reporting.document import Document, RunReport

_JSON = "validation.json"
_SUMMARY = "summary.md"
_PLOTS = "plots.json"
_HISTORY = 20
_LISTED = 100


def write_report(folder: Path, report: RunReport) -> Path:
    """Write the run's files to ``folder/<run>/`` and list it in ``folder/index.html``; returns the run's page."""
    run_folder = folder / report.run_id
    run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = report.document()
    write_whole(run_folder / _JSON, json.dumps(document, indent=2) + "\n")
    write_whole(run_folder / "junit.xml", junit(document))
    site = Site(folder)
    site.build(report.run_id)
    return site.page(report.run_id)


@dataclass(frozen=True)
class Site:
    """The reports in a folder.

    Attributes:
        folder: holds a folder per run; their names begin with the time of the run, so they sort by it.
    """

    folder: Path

    def runs(self) -> list[str]:
        """The runs that have a report, oldest first."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{_JSON}"))

    def latest(self) -> str:
        """The last run that has a report.

        Raises:
            UsageError: there is none.
        """
        runs = self.runs()
        if not runs:
            raise UsageError(f"there is no report in {self.folder}; create one with: stedi run")
        return runs[-1]

    def document(self, run: str) -> Document:
        """The run's report as data.

        Raises:
            UsageError: that run has no report.
        """
        if run not in self.runs():
            raise UsageError(f"run {run} has no report in {self.folder}; leave out --run for the latest")
        return self._read(run)

    def _read(self, run: str) -> Document:
        document: Document = json.loads((self.folder / run / _JSON).read_text(encoding="utf-8"))
        return document

    def page(self, run: str) -> Path:
        """The run's first page."""
        return self.folder / run / "index.html"

    def summary(self, run: str) -> str:
        """The run in Markdown, for a pull request or a job's summary."""
        return (self.folder / run / _SUMMARY).read_text(encoding="utf-8")

    def is_current(self, run: str) -> bool:
        """Whether this version of the templates rendered the run's pages."""
        try:
            return _version() in self.page(run).read_text(encoding="utf-8")
        except OSError:
            return False

    def renew(self, run: str) -> None:
        """Render the pages of the run and of the last runs again, if another version of the templates rendered them."""
        for name in dict.fromkeys((*self.runs()[-_HISTORY:], run)):
            if not self.is_current(name):
                self.build(name)

    def build(self, run: str) -> None:
        """Render the run's pages from its document and those of earlier runs, and the list of runs."""
        runs = self.runs()
        until = runs.index(run) + 1
        documents = {name: self._read(name) for name in {*runs[-_LISTED:], *runs[max(0, until - _HISTORY) : until]}}
        history = [documents[name] for name in runs[max(0, until - _HISTORY) : until]]
        latest = [documents[name] for name in runs[-_HISTORY:]]
        plots = self._plots(history)
        self._build_run(history, plots)
        listed = [(documents[name], counts(documents[name])) for name in reversed(runs[-_LISTED:])]
        shown = plots if history == latest else self._plots(latest)
        render(self.folder / "index.html", "index.html", runs=listed, plots=shown, most=_LISTED)

    def _plots(self, history: Sequence[Document]) -> list[dict[str, Any]]:
        """Plots of the runs that validated something; kept, as most runs add none and drawing takes a second."""
        drawn = [run for run in history if run["verdicts"]]
        key, kept = [_version(), *(run["run"] for run in drawn)], self.folder / _PLOTS
        try:
            known: Document = json.loads(kept.read_text(encoding="utf-8"))
            if known["of"] == key:
                return list(known["plots"])
        except (OSError, ValueError, KeyError):
            pass  # nothing is kept yet
        if not drawn:
            return []
        from expectations.reporting.plots import history_plots

        plots = [asdict(plot) for plot in history_plots(drawn)]
        write_whole(kept, json.dumps({"of": key, "plots": plots}))
        return plots

    def _build_run(self, history: Sequence[Document], plots: Sequence[Document]) -> None:
        from expectations.reporting.lineage import picture

        run = history[-1]
        folder = self.folder / run["run"]
        tables = table_views(history)
        shared = {"run": run, "counts": counts(run), "tables": tables, "zones": zones(history)}
        lineage = picture(tables, run.get("lineage", {}))
        render(folder / "index.html", "run.html", **shared, lineage=lineage, plots=plots)
        for table in tables:
            render(folder / f"{table.identifier}.html", "table.html", run=run, table=table)
        render(folder / "data_docs.html", "data_docs.html", run=run)
        render(folder / _SUMMARY, _SUMMARY, **shared)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("expectations.reporting"),
        autoescape=select_autoescape(["html", "svg"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: _number(value, "not counted")
    environment.filters["rows"] = lambda value: _number(value, "none yet")
    environment.filters["counted"] = counted
    environment.filters["observed"] = in_words
    environment.filters["refuses"] = refuses
    environment.filters["words"] = lambda name: name.replace("_", " ")
    environment.filters["moment"] = lambda text: text[:19].replace("T", " ")
    return environment


def _number(value: object, missing: str) -> str:
    if value is None:
        return missing
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def render(path: Path, template: str, **values: Any) -> None:
    """Write a page, or a text, from its template."""
    write_whole(path, _environment().get_template(template).render(version=_version(), **values))


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically: a killed run leaves no file that the next run cannot read."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


@cache
def _version() -> str:
    """A mark of the templates and of the code that fills them: pages without it are rendered again."""
    digest = hashlib.sha256()
    package = resources.files("expectations.reporting")
    for folder in (package, package / "templates"):
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.is_file():
                digest.update(file.read_bytes())
    return f"stedi-report-{digest.hexdigest()[:16]}"
