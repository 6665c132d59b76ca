"""The verbs that need nothing: ``stedi demo``, on invented data, and ``stedi emulator``, AWS's API on loopback."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import UsageError
from catalog.profiles import ProfileName, profile_named
from catalog.workplace import workplace
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profile import Profile as LakeProfile

_QUESTION = (
    "SELECT count(*) AS readings, count(DISTINCT pseudonym) AS people, min(timestamp) AS first, max(timestamp) AS last "
    "FROM curated.machine_learning_curated"
)
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the emulator; 0: any that is free.")]


def demo(
    customers: Annotated[int, typer.Option("--customers", min=1, help="Invented customers.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="The same seed invents the same data.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the emulator running, until Ctrl-C.")] = False,
    port: Port = 0,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Invent data, deliver it, run everything on it, and read it back by two other ways; with an emulator of AWS, too.

    Exit codes: as of `stedi run`.
    """
    if profile is ProfileName.AWS:
        raise UsageError(
            "invented data has no place in a real drop bucket; try the same on loopback: --profile emulated"
        )
    out = Output(output)
    with (
        tempfile.TemporaryDirectory(prefix="demo_", dir=workplace()) as folder,
        furnished(profile, lake, port) as place,
    ):
        document = _shown(place, _delivered(place, Path(folder), customers, seed), out)
        out.result(document, f"validation report: {document['report']}")
        if keep and place.name == "emulated":
            _wait(place)


@contextmanager
def furnished(profile: ProfileName, lake: Path, port: int = 0, *, new_emulator: bool = True) -> Iterator[LakeProfile]:
    """The lake; for the emulated one an emulator is started, which ends with the block, unless told otherwise."""
    if profile is not ProfileName.EMULATED or not new_emulator:
        yield profile_named(profile, lake)
        return
    from catalog.emulator import Emulator
    from catalog.glue_profile import emulated_profile

    with Emulator(port) as emulator:
        place = emulated_profile(emulator.endpoint)
        place.prepare()
        yield place


def _delivered(place: LakeProfile, folder: Path, customers: int, seed: int) -> Path | str | None:
    """The drop folder, with invented data in it."""
    from catalog.glue_profile import GlueProfile
    from jobs.simulator import Scenario, simulate

    simulate(Scenario(customers=customers, seed=seed, malformed=0.01), folder / "landing")
    if not isinstance(place, GlueProfile):
        return folder / "landing"
    place.deliver(folder / "landing")
    return place.drop(None)


def _shown(place: LakeProfile, drop: Path | str | None, out: Output) -> dict[str, Any]:
    """Run, and tell what pyiceberg and the query engine then find."""
    from catalog.drop import shown
    from catalog.query.engine import query_local
    from catalog.query.result import printed
    from catalog.status import lake_status
    from jobs.cli.lake import LakeOptions, run_lake

    done = run_lake(LakeOptions(place, 10, create=True), out, drop, None)
    title = f"{shown(drop or '')} → {place.place}"
    out.table(title, ["table", "outcome", "rows"], [(s.table, s.outcome, s.rows) for s in done.result.tables])
    states = lake_status(place)
    out.table(
        "read with pyiceberg", ["table", "rows", "snapshot"], [(s.table, s.rows, str(s.snapshot)) for s in states]
    )
    with query_local(place, _QUESTION) as result:
        table = [list(batch.to_pydict().values()) for batch in result.batches]
        rows = [list(row) for columns in table for row in zip(*columns, strict=True)]
        answer = [[printed(v, c.type) for v, c in zip(row, result.columns, strict=True)] for row in rows]
    out.table(
        f"stedi query {_QUESTION!r}", [column.name for column in result.columns], [list(map(str, r)) for r in answer]
    )
    return {
        "profile": place.name,
        "lake": place.place,
        "run": done.run_id,
        "tables": [vars(step) for step in done.result.tables],
        "readBack": [vars(state) for state in states],
        "query": {"sql": _QUESTION, "rows": answer},
        "report": done.report,
    }


def emulator(port: Port = 0) -> None:
    """Answer as Glue, S3, Athena and more of AWS do, on loopback, until Ctrl-C; all that it holds is then gone.

    `stedi --profile emulated VERB` works on the lake of the emulator whose address is in STEDI_ENDPOINT.
    """
    with furnished(ProfileName.EMULATED, DEFAULT_LAKE, port) as place:
        _wait(place)


def _wait(place: LakeProfile) -> None:
    import signal

    sys.stdout.write(f"export STEDI_ENDPOINT={place.pyiceberg_properties()['s3.endpoint']}\n")
    sys.stdout.flush()
    sys.stderr.write("  the emulator answers there until Ctrl-C\n")
    waited_for = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    signal.sigwait(waited_for)
