"""The verbs that need nothing: ``stedi demo``, on invented data, and ``stedi emulator``, AWS's API on loopback."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import UsageError
from catalog.machine.workplace import workplace
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import Profile as LakeProfile

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the emulator; 0 takes any free one.")]


def demo(
    customers: Annotated[int, typer.Option("--customers", min=1, help="Invented customers.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="The same seed invents the same data.")] = 1,
    landing: Annotated[
        Path,
        typer.Option("--landing", help="Drop folder of a local lake: created with invented data, or used as it is."),
    ] = Path("landing"),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the emulator running until Ctrl-C.")] = False,
    port: Port = 0,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Deliver invented data, run the pipeline, change two people's consent, and show what happened.

    Every number is read from the lake. Run it again to see the same story again. A drop folder with data of your own is
    ingested as it is, and no consent changes.

    Exit codes: as for `stedi run`; 4 if a person who withdrew is still in the training table.
    """
    if profile is ProfileName.AWS:
        raise UsageError(
            "invented data has no place in a real drop bucket; try the same on loopback: --profile emulated"
        )
    from jobs.cli.demo_runs import demonstrate
    from jobs.demo.deliveries import demo_scenario

    with (
        tempfile.TemporaryDirectory(prefix="demo_", dir=workplace()) as temporary,
        furnished(profile, lake, port) as place,
    ):
        folder = landing if place.name == "local" else Path(temporary) / "landing"
        demonstrate(place, folder, demo_scenario(customers, seed), Output(output))
        if keep and place.name == "emulated":
            _wait(place)


@contextmanager
def furnished(profile: ProfileName, lake: Path, port: int = 0, *, new_emulator: bool = True) -> Iterator[LakeProfile]:
    """The lake; for the emulated one, an emulator that runs as long as the block, unless ``new_emulator`` is false."""
    if profile is not ProfileName.EMULATED or not new_emulator:
        yield profile_named(profile, lake)
        return
    from catalog.profiles.emulator import Emulator
    from catalog.profiles.glue import emulated_profile

    with Emulator(port) as emulator:
        place = emulated_profile(emulator.endpoint)
        place.prepare()
        yield place


def emulator(port: Port = 0) -> None:
    """Run an emulator of Glue, S3, Athena and more of AWS on loopback, until Ctrl-C; what it holds is then gone.

    `stedi --profile emulated VERB` works on the lake of the emulator whose address is in STEDI_ENDPOINT.
    """
    with furnished(ProfileName.EMULATED, DEFAULT_LAKE, port) as place:
        _wait(place)


def _wait(place: LakeProfile) -> None:
    import signal

    sys.stdout.write(f"export STEDI_ENDPOINT={place.pyiceberg_properties()['s3.endpoint']}\n")
    sys.stdout.flush()
    sys.stderr.write("  the emulator runs at this address until Ctrl-C\n")
    waited_for = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    signal.sigwait(waited_for)
