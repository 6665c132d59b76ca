"""The verb ``stedi report``: a run's verdict and the address of its report, whose pages are renewed if they are old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.errors import StediError, UsageError
from catalog.plural import counted

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import Profile
    from expectations.reporting import Site
    from expectations.reporting.document import Document
    from jobs.cli.output import Output


@dataclass(frozen=True)
class ReportOptions:
    """Which report to show, and how.

    Attributes:
        profile: the lake.
        run: the run; None: the latest that has a report.
        summary: print it in Markdown.
        browse: open it in the browser.
    """

    profile: Profile
    run: str | None
    summary: bool
    browse: bool


def show_report(options: ReportOptions, out: Output) -> None:
    """Print a run's verdict and the address of its report.

    Raises:
        UsageError: there is no such report, or no browser could be opened.
    """
    from catalog.profiles.report_store import report_folder
    from expectations.reporting import Site

    with report_folder(options.profile, read_only=True) as folder:
        site = Site(folder.path)
        run = options.run or site.latest()
        document = site.document(run)
        _renew(site, run)
        if options.summary:
            out.result({"run": run, "summary": site.summary(run)}, site.summary(run))
        else:
            notes = _notes(options.profile) if options.run is None else []
            _print_verdict(document, folder.address(site.page(run)), out, notes)
        if options.browse:
            _browse(site.page(run))


def _print_verdict(document: Document, page: str, out: Output, notes: list[str]) -> None:
    from expectations.reporting.view import counts, refuses

    done = counts(document)
    said = "every table passed" if document["success"] else "data refused"
    passed = done["expectations"] - done["failed"] - done["warned"]
    lines = [f"run {document['run']}: {said}; {passed:,} of {counted(done['expectations'], 'expectation')} passed"]
    lines += [
        f"  {'failed' if refuses(result) else 'warning'}: {verdict['table']} {result['name']}: {result['sentence']}"
        for verdict in document["verdicts"]
        for result in verdict["results"]
        if not result["success"]
    ]
    lines += [*notes, f"report: {page}"]
    found = {"run": document["run"], "success": document["success"], **done, "report": page, "notes": notes}
    out.result(found, "\n".join(lines))


def _notes(profile: Profile) -> list[str]:
    """Notes about the tables; none if the report is read where they are not."""
    from catalog.history.coherence import lake_notes

    try:
        return lake_notes(profile)
    except StediError:
        return []


def _renew(site: Site, run: str) -> None:
    try:
        site.renew(run)
    except OSError as error:
        raise UsageError(f"the old pages in {site.folder} cannot be renewed: {error.strerror}") from error


def _browse(page: Path) -> None:
    import webbrowser

    if not webbrowser.open(page.as_uri()):
        raise UsageError(f"no browser could be opened here; open {page} yourself")
