"""The verbs of ``stedi privacy``: what the privacy officer asks about the lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli import certificates, erase
from jobs.cli.group import Verbs
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from jobs.withdrawal.deadlines import Deadlines
    from jobs.withdrawal.held import HeldRows

app = typer.Typer(
    name="privacy",
    cls=Verbs,
    help="What the privacy officer asks: deadlines of withdrawals, a report, and certificates of erasures.",
    no_args_is_help=True,
)
app.command("replay")(erase.replay)
app.command("verify")(certificates.verify)
app.command("public-key")(certificates.public_key)
_REFUSED = 1

To = Annotated[
    Path | None,
    typer.Option("--to", help="Folder for both, or one file ending in .html or .json; by default the lake's reports."),
]
_SHOWN_OF_A_PSEUDONYM = 12
_MOST_SHOWN = 50


@app.command()
def status(lake: Lake = DEFAULT_LAKE, profile: Profile = ProfileName.LOCAL, output: Format = OutputFormat.TEXT) -> None:
    """Show the open deadlines of withdrawals, oldest first, and where rows of these people are still stored.

    A withdrawal is open until no file that a snapshot, tag or branch keeps holds rows of the person that the tables
    must not have now. People appear by pseudonym. `stedi maintain` removes the rows.

    Exit codes: 0 no deadline is missed, 1 one is, or whose rows are stored cannot be told, 2 usage.
    """
    from catalog.commit.upkeep import refuse_earlier
    from catalog.lake import open_lake
    from jobs.pseudonym import load_key
    from jobs.withdrawal.deadlines import document, find_deadlines

    out, place = Output(output), profile_named(profile, lake)
    refuse_earlier(open_lake(place))
    found = find_deadlines(place, load_key(place))
    for warning in found.chain.warnings:
        out.warn(warning)
    _print_open(found, out)
    out.result(document(found), "\n".join(_in_words(found)))
    if not found.success:
        raise typer.Exit(_REFUSED)


@app.command()
def report(
    to: To = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Report consents and withdrawals over time, readings held and used, deadlines and erasures, as a page and JSON.

    It holds counts alone, and also small ones: it is for the privacy officer, and not to be published.
    """
    from catalog.commit.upkeep import refuse_earlier
    from catalog.lake import open_lake
    from catalog.profiles.report_store import report_folder
    from expectations.reporting.privacy import DATA, PAGE, write_privacy_report
    from jobs.pseudonym import load_key
    from jobs.withdrawal.report import privacy_report

    out, place = Output(output), profile_named(profile, lake)
    refuse_earlier(open_lake(place))
    document = privacy_report(place, load_key(place))
    try:
        if to is None:
            with report_folder(place) as folder:
                page = folder.path / "privacy" / PAGE
                write_privacy_report(document, page, page.with_name(DATA))
                written = folder.address(page)
        else:
            pages = {".html": (to, None), ".json": (None, to)}.get(to.suffix, (to / PAGE, to / DATA))
            write_privacy_report(document, *pages)
            written = str(pages[0] or to)
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error.strerror}; choose another place with --to") from error
    out.result(document | {"report": written}, f"privacy report: {written}")


def _print_open(found: Deadlines, out: Output) -> None:
    from jobs.withdrawal.deadlines import days_left

    rows = [
        (
            f"{each.pseudonym[:_SHOWN_OF_A_PSEUDONYM]}…",
            each.reason,
            f"{each.arrived:%Y-%m-%d}",
            f"{each.deadline:%Y-%m-%d}",
            days_left(each, found.at),
            "\n".join(map(_where, each.held)),
        )
        for each in found.open[:_MOST_SHOWN]
    ]
    if rows:
        out.table("open withdrawals", ["person", "reason", "arrived", "deadline", "days left", "rows in"], rows)


def _where(held: HeldRows) -> str:
    refs = f" ({', '.join(held.refs)})" if held.refs else ""
    return f"{held.table}: {counted(held.rows, 'row')}, {counted(held.files, 'file')}{refs}"


def _in_words(found: Deadlines) -> list[str]:
    lines = []
    if len(found.open) > _MOST_SHOWN:
        lines.append(f"the oldest {_MOST_SHOWN} of {len(found.open):,} open withdrawals; all: --output json")
    if found.open:
        lines.append(f"{counted(len(found.open), 'withdrawal')} open, {len(found.missed):,} past the deadline")
    lines += [
        f"{each.table}: {counted(each.rows, 'row')} of nobody who is known in landing by this pseudonym key, so whose "
        "they are cannot be told"
        for each in found.unattributed
    ]
    if unfinished := found.erasures.unfinished:
        lines.append(
            f"{counted(len(unfinished), 'erasure')} unfinished, {len(found.overdue_erasures):,} past the deadline"
        )
    if certificates := found.erasures.certificates:
        lines.append(f"{counted(len(certificates), 'certificate')} of erasures")
    if not (found.open or found.unattributed or unfinished):
        lines.insert(0, "nothing open")
    return lines
