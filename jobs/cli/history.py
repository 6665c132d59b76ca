"""The verbs for a table's history: ``stedi history``, ``diff``, ``tag`` and ``rollback``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait, Withdrawn
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.history.difference import Difference, Example

_MOMENT = "a tag, a UTC time such as 2026-01-31T10:00:00Z, a snapshot id, or main for now"
_SHOWN_OF_A_PSEUDONYM = 12
_ADDRESSES = {"email", "user", "person"}
"""Columns of addresses: every spelling of an address gets the pseudonym of its person."""

TableName = Annotated[str, typer.Argument(help="A table, such as curated.machine_learning_curated.")]


def history(
    table: TableName,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the newest publications to show.")] = 50,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Show what was published in a table, newest first: time, operation, run, rows and tags."""
    from catalog.history.publications import table_history
    from catalog.specs import table as spec_of

    out = Output(output)
    entries = table_history(profile_named(profile, lake), spec_of(table), limit)
    header = ["published (UTC)", "snapshot", "operation", "rows", "by run", "refs"]
    rows = [
        (
            entry.published,
            str(entry.snapshot),
            f"rollback to {entry.rolled_back_to}" if entry.rolled_back_to else entry.operation,
            entry.rows,
            entry.run or "",
            ", ".join(entry.refs),
        )
        for entry in entries
    ]
    out.table(table, header, rows)
    out.result({"table": table, "history": [asdict(entry) for entry in entries]}, "")


def diff(
    table: TableName,
    earlier: Annotated[str, typer.Option("--from", help=f"The moment to compare from: {_MOMENT}.")],
    later: Annotated[str, typer.Option("--to", help=f"The moment to compare to: {_MOMENT}.")] = "main",
    rows: Annotated[
        int,
        typer.Option(
            "--rows", min=0, max=1_000, help="Examples of each kind to show; personal values appear as pseudonyms."
        ),
    ] = 0,
    withdrawn: Withdrawn = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Count the rows of a table that were added, removed and changed between two moments.

    Rows of people who have withdrawn since are counted; they are examples with --withdrawn only.
    """
    from catalog.commit.upkeep import refuse_earlier
    from catalog.history.difference import difference
    from catalog.lake import open_lake
    from catalog.specs import table as spec_of
    from jobs.identity import normalise_person
    from jobs.pseudonym import load_key, pseudonym

    out = Output(output)
    place = profile_named(profile, lake)
    refuse_earlier(open_lake(place))
    key = load_key(place) if rows else b""

    def conceal(name: str, value: str) -> str:
        return pseudonym(normalise_person(value) if name in _ADDRESSES else value, key)

    found = difference(place, spec_of(table), earlier, later, examples=rows, conceal=conceal, withdrawn=withdrawn)
    out.table(
        f"{table}: {found.from_snapshot} → {found.to_snapshot}",
        ["rows", "count"],
        [
            (earlier, found.from_rows),
            ("  removed", found.removed),
            ("  added", found.added),
            ("  changed", found.changed),
            (later, found.to_rows),
            *([("of people who have withdrawn since", found.withdrawn)] if found.withdrawn else []),
        ],
    )
    out.result(asdict(found), _examples_text(found, set(spec_of(table).personal_columns)))


def _examples_text(found: Difference, personal: set[str]) -> str:
    return "\n".join(_example_text(example, found.grain, personal) for example in found.examples)


def _example_text(example: Example, grain: tuple[str, ...], personal: set[str]) -> str:
    def shown(name: str, value: Any) -> str:
        return f"{value[:_SHOWN_OF_A_PSEUDONYM]}…" if name in personal and value is not None else str(value)

    values = {name: shown(name, value) for name, value in example.row.items()}
    if example.kind == "changed":
        changes = [f"{name}: {shown(name, value)} → {values[name]}" for name, value in example.was.items()]
        return f"changed {', '.join(f'{name} {values[name]}' for name in grain)}; {', '.join(changes)}"
    return f"{example.kind} {', '.join(f'{name} {value}' for name, value in values.items())}"


def tag(
    name: Annotated[str, typer.Argument(help="Name of the tag; it begins with a letter.")],
    keep: Annotated[int, typer.Option("--keep", min=1, help="Days to keep the tag and its snapshots.")] = 30,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the tag from every table.")] = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Tag the current snapshot of every table, to read it again later; all tables are tagged, or none.

    Exit codes: 0 done, 2 the name cannot be used, 3 nothing was tagged; safe to run again.
    """
    from catalog.history.tags import tag_lake, untag_lake
    from catalog.lake import load_catalog
    from catalog.profiles.writer_lock import writer_lock

    out = Output(output)
    place = profile_named(profile, lake)
    load_catalog(place)  # where there is no lake, no lock is left in its place
    with writer_lock(place, wait):
        if remove:
            untagged = untag_lake(place, name)
            document: dict[str, Any] = {"tag": name, "removed": untagged}
            text = f"tag {name} removed from {counted(len(untagged), 'table')}"
        else:
            snapshots = tag_lake(place, name, keep)
            document = {"tag": name, "keepDays": keep, "snapshots": snapshots}
            text = (
                f"tag {name} on {counted(len(snapshots), 'table')}, kept for {counted(keep, 'day')}. "
                f"Next: stedi export --tag {name} --to DIR"
            )
    out.result(document, text)


def rollback(
    table: TableName,
    to: Annotated[str, typer.Option("--to", help=f"What to publish again: {_MOMENT}.")],
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Publish an earlier snapshot of a table again, if its suite passes with today's consents and all other tables.

    Exit codes: 0 done, 1 refused and the table unchanged, 2 usage, 3 run again, 4 a damaged lake.
    """
    from catalog.history.time_travel import open_table, resolve
    from catalog.specs import table as spec_of
    from jobs.pseudonym import load_key
    from jobs.run.lake import LakeOptions, work_on
    from jobs.run.rollback import job_to_roll_back, roll_back

    job = job_to_roll_back(table)
    out = Output(output)
    place = profile_named(profile, lake)
    snapshot = resolve(open_table(place, spec_of(table)), spec_of(table), to)
    options = LakeOptions(place, wait, create=False)
    result = work_on(options, out, load_key(place), lambda context: roll_back(context, job, snapshot))
    [step] = result.result.tables
    text = {
        "published": f"{table} is back at snapshot {snapshot}: {counted(step.rows, 'row')}, validated against today's "
        f"tables.\nvalidation report: {result.report}\nNext: stedi run {place.options} (updates the tables downstream)",
        "unchanged": f"{table} is already at snapshot {snapshot}: {counted(step.rows, 'row')}",
    }
    document = {
        "table": table,
        "outcome": step.outcome,
        "rolledBackTo": snapshot,
        "snapshot": result.result.snapshots[table],
        "rows": step.rows,
        "run": result.run_id,
        "report": str(result.report),
    }
    out.result(document, text[step.outcome])
