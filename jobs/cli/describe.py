"""The verb ``stedi describe``: the meaning of tables and columns, from their specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.cli.options import Format  # noqa: TC001 - typer looks at it
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.schema.table_spec import TableSpec


def describe(
    table: Annotated[
        str | None, typer.Argument(help="A table, with or without its zone; all tables by default.")
    ] = None,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Describe a table: its rows, columns, types, personal columns, grain and partitioning. Needs no lake.

    Without a table, list all tables. For the columns in an actual lake: stedi query "DESCRIBE zone.table".
    """
    from catalog.specs import TABLES, named_table

    out = Output(output)
    if table is None:
        rows = [(name, spec.doc, ", ".join(spec.grain)) for name, spec in TABLES.items()]
        out.table("", ["table", "a row is", "unique by"], rows)
        document: dict[str, Any] = {"tables": [_document(spec) for spec in TABLES.values()]}
        out.result(document, "For the columns of a table: stedi describe TABLE")
        return
    spec = named_table(table)
    header = ["column", "type", "NULL", "personal", "meaning"]
    out.table(f"{spec.identifier}: {spec.doc}", header, [_row(spec, number) for number in range(len(spec.columns))])
    out.result(_document(spec), _notes(spec))


def _row(spec: TableSpec, number: int) -> tuple[str, ...]:
    column = spec.columns[number]
    return (
        column.name,
        athena_type(column.type),
        "no" if column.required else "yes",
        "personal" if column.personal else "",
        column.doc,
    )


def athena_type(iceberg: str) -> str:
    """Athena's name of an Iceberg type."""
    return {
        "string": "varchar",
        "long": "bigint",
        "int": "integer",
        "timestamptz": "timestamp(6) with time zone",
    }.get(iceberg, iceberg)


def _notes(spec: TableSpec) -> str:
    notes = [f"Unique by: {', '.join(spec.grain)}"]
    if spec.partitioning:
        notes.append(f"Partitioned by: {', '.join(spec.partitioning)} (a filter on it reads less)")
    if spec.subject:
        notes.append(f"Data subject: {spec.subject.column} ({spec.subject.kind})")
    return "\n".join(notes)


def _document(spec: TableSpec) -> dict[str, Any]:
    return {
        "table": spec.identifier,
        "doc": spec.doc,
        "grain": list(spec.grain),
        "partitioning": list(spec.partitioning),
        "subject": {"kind": spec.subject.kind, "column": spec.subject.column} if spec.subject else None,
        "retentionDays": spec.retention_days,
        "columns": [
            {
                "name": column.name,
                "type": athena_type(column.type),
                "nullable": not column.required,
                "personal": column.personal,
                "doc": column.doc,
            }
            for column in spec.columns
        ],
    }
