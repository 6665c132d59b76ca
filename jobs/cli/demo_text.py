"""The story of ``stedi demo`` for people; it holds no number that is not in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.cli.output import Output

Document = dict[str, Any]
_MOST_REASONS = 5
_REBUILT = "overwrite"


def tell(document: Document, out: Output) -> None:
    """Print the story, or the document for programs."""
    parts = [*_delivery(document), *_consent(document)]
    if document["change"]:
        parts += [*_changes(document["change"]), *_time_travel(document["change"])]
    out.result(document, "\n".join([*parts, *_next(document)]))


def _delivery(document: Document) -> Iterator[str]:
    found = document["delivery"]
    whose = f"{document['customers']:,} invented customers, written" if document["customers"] else "Your data"
    yield from _heading(f"1  A delivery: {whose} to {document['landing']}")
    yield from _table(found["sources"], "source", "files", "delivered", "landed", "quarantined")
    yield ""
    yield "Every object delivered is landed or quarantined. The commonest reasons for quarantine:"
    yield ""
    yield from _table(found["quarantined"][:_MOST_REASONS], "reason", "records")
    if example := found["example"]:
        yield ""
        yield (
            f"For example, object {example['recordNumber']:,} of a {example['source']} file, as {example['reason']}: "
            f"{example['detail']}."
        )


def _consent(document: Document) -> Iterator[str]:
    people, readings = document["consent"]["people"], document["consent"]["readings"]
    yield from _heading("2  What consent kept out")
    yield f"Of {people['known']:,} people, {people['trusted']:,} are in the trusted zone. Kept out:"
    yield f"  {people['without_consent']:>9,}  no consent to research"
    yield f"  {people['suspended']:>9,}  consent suspended: a quarantined record names them, and may be a withdrawal"
    yield f"Of {readings['landed']:,} accelerometer readings, {readings['trusted']:,} are there too. Kept out:"
    yield f"  {readings['without_consent']:>9,}  of people without consent"
    yield f"  {readings['suspended']:>9,}  of people whose consent is suspended"
    yield f"  {readings['before_consent']:>9,}  from before the person's consent"
    yield f"  {readings['delivered_again']:>9,}  delivered more than once"
    if document["suspendedPeople"] > people["suspended"]:
        yield "(The run's warning also counts people of whom no record could be read.)"


def _changes(change: Document) -> Iterator[str]:
    yield from _heading("3  A second delivery: one person withdraws their consent, one person agrees")
    rebuilt = any(row["operation"] == _REBUILT for row in change["tables"])
    yield "The tables were rebuilt:" if rebuilt else "The run deleted and added the rows of these people only:"
    yield ""
    yield from _table(change["tables"], "table", "before", "removed", "added", "now", "operation")


def _time_travel(change: Document) -> Iterator[str]:
    queries = change["queries"]
    yield from _heading("4  Before and after, by time travel")
    yield "The training table:"
    yield from _asked(queries["all"])
    yield "The person who withdrew:"
    yield from _asked(queries["withdrew"])
    yield "The person who agreed, from the middle of their readings on:"
    yield from _asked(queries["agreed"])
    yield (
        f"The earlier snapshot still has the withdrawn rows: the tag {change['tag']} keeps it for "
        f"{change['keptDays']:,} days, or until you remove the tag. So time travel to it is refused, unless the "
        "privacy officer asks with --withdrawn. What is still stored: stedi privacy status"
    )


def _asked(pair: list[Document]) -> Iterator[str]:
    for each in pair:
        yield f'  stedi query "{each["sql"]}"{" --withdrawn" if each["withdrawn"] else ""}'
        yield f"    {each['answer']:,}"


def _next(document: Document) -> Iterator[str]:
    yield from _heading("5  The validation report")
    yield document["report"]
    yield from _heading("Try next (once: source .venv/bin/activate)")
    if document["profile"] != "local":
        yield "  stedi --profile emulated demo --keep   # keep the emulator, and work on its lake from another shell"
        return
    for command, what in (
        ("stedi report --open", "the report, in the browser"),
        (f"stedi run --landing {document['landing']}", "nothing is new, so nothing is published"),
        ("stedi history trusted.customer_trusted", "every snapshot that readers saw"),
        ("stedi query --list", "named queries"),
    ):
        yield f"  {' '.join((command, document['options'])).strip()}   # {what}"
    yield "  stedi simulate --help   # other data: late files, withdrawals, gzip, unusual layouts"


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "─" * len(text))


def _table(rows: list[Document], *columns: str) -> Iterator[str]:
    cells = [list(columns), *([f"{row[c]:,}" if isinstance(row[c], int) else row[c] for c in columns] for row in rows)]
    sizes = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [bool(rows) and isinstance(rows[0][name], int) for name in columns]
    for row in cells:
        padded = (
            cell.rjust(size) if right else cell.ljust(size)
            for cell, size, right in zip(row, sizes, numeric, strict=True)
        )
        yield ("  " + "   ".join(padded)).rstrip()
