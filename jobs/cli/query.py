"""The verb ``stedi query``: Athena's SQL over a lake."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Lake, Profile, ResultFormat, Withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import Profile as LakeProfile
    from catalog.query.result import Result


class Engine(StrEnum):
    """The engine that answers a query."""

    EMBEDDED = "embedded"
    ATHENA = "athena"


@dataclass(frozen=True)
class Asked:
    """A query: its text, and a constant for each of its ``?``."""

    sql: str
    parameters: tuple[str, ...]


Sql = Annotated[str | None, typer.Argument(help="One query in Athena's SQL; - reads it from standard input.")]
File = Annotated[Path | None, typer.Option("--file", help="File with the query.")]
Name = Annotated[str | None, typer.Option("--name", help="Run a named query; --list shows them.")]
Listing = Annotated[bool, typer.Option("--list", help="List the named queries and their parameters.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        help="With --name: NAME=VALUE. Otherwise a constant for the next ?, as in Athena: 5, 'text', DATE '…'.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", help="Zone of tables named without one; by default the only zone that has such a table."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Read tables as of a tag, a UTC time or a snapshot id; FOR … AS OF in the query takes precedence.",
    ),
]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw", help="CSV without the ' that keeps spreadsheets from evaluating texts that begin with = + - @."
    ),
]
EngineOption = Annotated[
    Engine | None, typer.Option("--engine", help="embedded (default), or athena (default on AWS).")
]
WorkgroupName = Annotated[
    str | None,
    typer.Option(
        "--workgroup",
        envvar="STEDI_WORKGROUP",
        help="Athena's workgroup; by default the one in the settings, or primary.",
    ),
]
Results = Annotated[
    str | None,
    typer.Option("--results", envvar="STEDI_RESULTS", help="S3 address for results, if the workgroup sets none."),
]
Rows = Annotated[int, typer.Option("--max-rows", min=1, help="Rows to show as text; other formats hold all.")]
To = Annotated[Path | None, typer.Option("--to", help="File to write the result to; required for parquet.")]
Format = Annotated[ResultFormat, typer.Option("--output", "-o", help="Text for people; JSON, CSV or Parquet.")]


def query(
    sql: Sql = None,
    file: File = None,
    name: Name = None,
    listing: Listing = False,
    parameters: Parameters = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    as_of: AsOf = None,
    database: Database = None,
    engine: EngineOption = None,
    workgroup: WorkgroupName = None,
    results: Results = None,
    max_rows: Rows = 100,
    to: To = None,
    raw: Raw = False,
    withdrawn: Withdrawn = False,
    output: Format = ResultFormat.TEXT,
) -> None:
    """Run a query in Athena's SQL, as of now or any moment in the lake's history.

    Start with SHOW TABLES, or with: stedi describe. A query whose answer could differ from Athena's is refused (exit
    code 2). Queries never change anything; Ctrl-C stops one at once (exit code 130).

    An earlier moment that still holds rows of people who have withdrawn since is refused (exit code 1), unless
    --withdrawn asks for them.

    In CSV, NULL is an empty field and an empty text is "". Rows wider than the terminal are printed vertically.
    """
    from jobs.cli.result import Form, print_queries, print_result

    if listing:
        print_queries(json_wanted=output is ResultFormat.JSON)
        return
    if output is ResultFormat.PARQUET and to is None:
        raise UsageError("--output parquet writes a file; name it with --to FILE")
    place = profile_named(profile, lake)
    asked = _asked(sql, file, name, parameters or [], place)
    if engine is Engine.ATHENA or (engine is None and profile is ProfileName.AWS):
        answer = _on_athena(_without_moment(asked, as_of), place, workgroup, results, database, withdrawn=withdrawn)
    else:
        answer = _embedded(asked, place, database, as_of, withdrawn=withdrawn)
    with answer as result:
        print_result(result, Form(output, to, max_rows, raw))


def _asked(sql: str | None, file: Path | None, name: str | None, parameters: list[str], place: LakeProfile) -> Asked:
    if sum(one is not None for one in (sql, file, name)) != 1:
        raise UsageError(
            'give the query in exactly one way: stedi query "SELECT …", --file FILE, or --name NAME (see --list)'
        )
    if name is not None:
        from catalog.queries import bound, named_query

        known = named_query(name)
        return Asked(known.sql, bound(known, parameters, place))
    if file is not None:
        try:
            sql = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read as a query: {error}") from error
    return Asked(sys.stdin.read() if sql == "-" else sql or "", tuple(parameters))


def _without_moment(asked: Asked, as_of: str | None) -> Asked:
    if as_of is not None:
        raise UsageError(
            "--as-of works with the embedded engine only; write FOR TIMESTAMP AS OF after each table instead"
        )
    return asked


@contextmanager
def _on_athena(
    asked: Asked,
    place: LakeProfile,
    workgroup: str | None,
    results: str | None,
    database: str | None,
    *,
    withdrawn: bool,
) -> Iterator[Result]:
    from catalog.query.athena import athena_of, query_athena
    from catalog.query.versions import refuse_withdrawn_versions

    if not withdrawn:
        refuse_withdrawn_versions(place, asked.sql, asked.parameters, database)
    client, group = athena_of(place, workgroup, results)
    with query_athena(client, group, asked.sql, asked.parameters, database, _say) as result:
        yield result


def _say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


@contextmanager
def _embedded(
    asked: Asked, place: LakeProfile, database: str | None, as_of: str | None, *, withdrawn: bool
) -> Iterator[Result]:
    import shutil
    import tempfile

    from catalog.machine.lean_imports import without_pandas
    from catalog.machine.workplace import workplace
    from jobs.cli.interruption import stopped_at_once

    with (
        tempfile.TemporaryDirectory(prefix="query_", dir=workplace()) as spill,
        stopped_at_once(lambda: shutil.rmtree(workplace(), ignore_errors=True)),
        without_pandas(),
    ):
        from catalog.query.engine import query_local

        with query_local(
            place, asked.sql, asked.parameters, database, as_of, Path(spill), withdrawn=withdrawn
        ) as result:
            yield result
