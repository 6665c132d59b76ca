"""The verb ``stedi simulate``: its options are the fields of a scenario."""

from __future__ import annotations

import inspect
from dataclasses import Field, asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from catalog.plural import counted
from jobs.cli.output import Output, OutputFormat
from jobs.simulator.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.simulator import Delivery


def _simulate(to: Path, output: OutputFormat, **switches: Any) -> None:
    from jobs.simulator import simulate

    out = Output(output)
    scenario = Scenario(**switches)
    with out.progress("customers", scenario.customers) as advance_to:
        delivery = simulate(scenario, to, progress=advance_to)
    out.result(asdict(delivery), _summary(delivery, to))


def _summary(delivery: Delivery, to: Path) -> str:
    lines = [f"{to}: {counted(delivery.files, 'file')}, {delivery.bytes / 1e6:,.1f} MB"]
    for name, source in delivery.sources.items():
        broken = sum(source.malformed.values())
        lines.append(
            f"  {name}: {counted(source.objects, 'object')} in {counted(source.files, 'file')}, {broken:,} malformed"
        )
    customers = counted(delivery.customers, "customer")
    lines.append(f"  {delivery.consented:,} of {customers} consent; {delivery.withdrawn:,} withdrew")
    lines.append(f"Next: stedi run --landing {to}")
    return "\n".join(lines)


def _option(switch: Field[Any], type_: Any) -> inspect.Parameter:
    option = typer.Option("--" + switch.name.replace("_", "-"), help=switch.metadata["help"])
    return inspect.Parameter(
        switch.name, inspect.Parameter.KEYWORD_ONLY, default=switch.default, annotation=Annotated[type_, option]
    )


def simulate_command() -> Callable[..., None]:
    """The verb, with one option for each field: typer reads them from the function's signature."""
    types = get_type_hints(Scenario)
    to = Annotated[Path, typer.Option("--to", help="Folder to create; it must be new or empty.")]
    form = Annotated[OutputFormat, typer.Option("--output", "-o", help="Text for people or JSON for programs.")]
    parameters = [
        inspect.Parameter("to", inspect.Parameter.KEYWORD_ONLY, annotation=to),
        *(_option(switch, types[switch.name]) for switch in fields(Scenario)),
        inspect.Parameter("output", inspect.Parameter.KEYWORD_ONLY, default=OutputFormat.TEXT, annotation=form),
    ]

    def simulate(**options: Any) -> None:
        """Write landing data of invented customers and devices; the same seed writes the same bytes."""
        _simulate(**options)

    # Where inspect.signature looks first.
    simulate.__dict__["__signature__"] = inspect.Signature(parameters)
    simulate.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return simulate
