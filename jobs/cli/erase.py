"""The verb ``stedi erase``: people leave the lake, its history, and what was delivered of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile as LakeProfile
    from jobs.erasure.erase import Preview

Emails = Annotated[
    list[str] | None, typer.Option("--email", help="E-mail address of a person to erase; may be given more than once.")
]
ListFile = Annotated[Path | None, typer.Option("--file", help="File of e-mail addresses, one a line.")]
Landing = Annotated[
    str | None,
    typer.Option("--landing", help="Drop folder whose files hold their records; on AWS the drop bucket."),
]
KeepLanding = Annotated[
    bool, typer.Option("--no-landing", help="Leave delivered files as they are: somebody else sees to them.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Erase; without it only what would be done is shown.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done; the default.")]
Resume = Annotated[bool, typer.Option("--resume", help="Finish an erasure that was begun and did not end.")]


def erase(
    email: Emails = None,
    file: ListFile = None,
    landing: Landing = None,
    no_landing: KeepLanding = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    resume: Resume = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Erase people: every table's whole history, delivered files, reports, exports; then prove that nothing is left.

    Everybody else's rows, tags and time travel stay as they are, under the same snapshot ids. Later deliveries cannot
    bring an erased person back. An interrupted erasure is finished with --resume; until then no run starts.

    Exit codes: 0 done, 1 something is left (what and where is printed), 2 usage, 3 run again with --resume.
    """
    from jobs.erasure.erase import begin_erasure, finish_erasure, people_of, preview
    from jobs.erasure.journal import open_journal
    from jobs.pseudonym import load_key
    from jobs.run.lake import LakeOptions, opened

    place, out = profile_named(profile, lake), Output(output)
    if resume and (email or file):
        raise UsageError("--resume finishes what was begun, with the people that were named then: name nobody")
    people = [] if resume else people_of(email or [], _lines(file))
    named = None if resume else _drop_folder(place, landing, no_landing=no_landing)
    key = load_key(place, place.drop(landing))
    with opened(LakeOptions(place, wait, create=False, erasing=True), out) as held:
        if not resume and (dry_run or not yes):
            _show(out, preview(held.lake, people, key), place.options)
            return
        if resume:
            journal = open_journal(place)
            if journal is None:
                raise UsageError("no erasure is unfinished")
        else:
            journal = begin_erasure(held.lake, people, key, named)
        certificate = finish_erasure(held.lake, journal, key, held.progress)
    rows = sum(table["rowsRemoved"] for table in certificate["tables"].values())
    out.result(
        certificate,
        f"erasure {journal.erasure_id}: {counted(rows, 'stored row')} removed, nothing is left in "
        f"{counted(certificate['filesRead'], 'file')}; it is certified by number {certificate['number']} in "
        f"{place.privacy}/certificates",
    )


def replay(
    landing: Landing = None,
    no_landing: KeepLanding = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Erase again, from a restored lake, everybody who was erased since its backup; it answers from then on.

    Which records are newer is said by `stedi restore --erasures FOLDER`.

    Exit codes: 0 done, 1 something is left (what and where is printed), 2 usage, 3 run again.
    """
    from jobs.erasure.replay import replay_erasures
    from jobs.pseudonym import load_key
    from jobs.run.lake import LakeOptions, opened

    place, out = profile_named(profile, lake).for_replay(), Output(output)
    named = _drop_folder(place, landing, no_landing=no_landing)
    key = load_key(place, place.drop(landing))
    with opened(LakeOptions(place, wait, create=False, erasing=True), out) as held:
        erased = replay_erasures(held.lake, key, named, held.progress)
    out.result({"erased": erased}, f"{counted(erased, 'person', 'people')} erased again; the lake answers from now on")


def _drop_folder(place: LakeProfile, landing: str | None, *, no_landing: bool) -> dict[str, str | None] | None:
    """The drop folder for the journal, wherever it is resumed; None: delivered files are left as they are.

    Raises:
        UsageError: neither is said.
    """
    if no_landing:
        return None
    if place.drop(landing) is None:
        raise UsageError("name the drop folder whose files hold their records with --landing, or say --no-landing")
    return {"named": str(Path(landing).absolute()) if landing and "://" not in landing else landing}


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error


def _show(out: Output, found: Preview, options: str) -> None:
    rows = [(each.table, each.rows, each.files, each.bytes, each.table_bytes) for each in found.tables]
    out.table("would be erased", ["table", "rows", "files to rewrite", "of bytes", "of all bytes"], rows)
    text = (
        f"{counted(found.people, 'person', 'people')} and {counted(found.devices, 'device')}; records in "
        f"{counted(found.delivered_contents, 'delivered file')}. Nothing was changed; to erase, add: --yes {options}"
    )
    if found.shared:
        text += f"\n{found.shared:,} of their devices, numbers and names are somebody else's, too, who keeps theirs"
    out.result(found.document(), text)
