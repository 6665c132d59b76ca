"""The suites' expectations as Great Expectations classes, one for each promise.

Each judges one column of a single row of facts: a number of offences, which must not exceed its tolerance. Importing
this module imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import ColumnAggregateExpectation, render_suite_parameter_string
from great_expectations.render.components import (
    LegacyDiagnosticRendererType,
    LegacyRendererType,
    RenderedStringTemplateContent,
)
from great_expectations.render.renderer.renderer import renderer

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.execution_engine.execution_engine import ExecutionEngine
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


class ExpectPromiseKept(ColumnAggregateExpectation):
    """The number of violations of a promise is within its tolerance, and was counted exactly once.

    Attributes:
        column: the fact: a number of offences.
        check: the name of the check in its suite.
        sentence: the check in plain words.
        promise: what it guards.
        tolerance: how many offences are tolerated.
    """

    check: str = pydantic.Field(default="", description="The name of the check in its suite.")
    sentence: str = pydantic.Field(default="", description="The check in plain words.")
    promise: str = pydantic.Field(default="", description="What the check guards.")
    tolerance: int = pydantic.Field(default=0, ge=0, description="How many offences are tolerated.")

    guards: ClassVar[str] = "what the suite promises"
    metric_dependencies = ("column.max", "table.row_count")
    success_keys = ("check", "sentence", "promise", "tolerance")
    args_keys = ("column", "check", "sentence", "promise", "tolerance")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        rows, most = metrics["table.row_count"], metrics["column.max"]
        offences = None if most is None or most != most else int(most)  # noqa: PLR0124 - pandas tells nothing by NaN
        kept = rows == 1 and offences is not None and 0 <= offences <= self.tolerance
        missing = rows if offences is None else 0
        return {
            "success": kept,
            "result": {"observed_value": offences, "element_count": rows, "missing_count": missing},
        }

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedStringTemplateContent]:
        del runtime_configuration
        asked = configuration or (result.expectation_config if result else None)
        said = asked.kwargs | {"guards": cls.guards} if asked else {}
        return [_sentence("$sentence It guards $guards.", said)]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> str:
        del configuration, runtime_configuration
        offences = result.result.get("observed_value") if result and result.result else None
        return "not counted" if offences is None else f"{offences:,} offence{'' if offences == 1 else 's'}"


class ExpectOnlyConsented(ExpectPromiseKept):
    """The table holds nothing without its person's consent, and nothing from before it."""

    guards: ClassVar[str] = "that only what people agreed to share is here, from the moment they agreed"


class ExpectNothingMissing(ExpectPromiseKept):
    """The table holds every row that belongs here and no other: joins are complete on both sides."""

    guards: ClassVar[str] = "that joins are complete, on both sides"


class ExpectNoDuplicates(ExpectPromiseKept):
    """The grain of the table is unique."""

    guards: ClassVar[str] = "that a row of the table's grain stands once"


class ExpectZonesToReconcile(ExpectPromiseKept):
    """Every row that came in is here, or left out for a counted reason."""

    guards: ClassVar[str] = "that rows are accounted for from zone to zone"


class ExpectNoPersonalData(ExpectPromiseKept):
    """No column and no value identifies a person."""

    guards: ClassVar[str] = "that nobody can be told from the table"


class ExpectNothingLost(ExpectPromiseKept):
    """Every delivered object is landed or quarantined, with its origin."""

    guards: ClassVar[str] = "that nothing delivered is lost"


class ExpectDeclaredShape(ExpectPromiseKept):
    """Values have the types, ranges and forms that the table declares."""

    guards: ClassVar[str] = "that values are what the table declares"


class ExpectFresh(ExpectPromiseKept):
    """The data is recent, and nothing is from the future."""

    guards: ClassVar[str] = "that data is of the time that people take it for"


class ExpectUsualVolume(ExpectPromiseKept):
    """The table changed about as much as in earlier runs."""

    guards: ClassVar[str] = "against deliveries that are cut short or doubled"


PROMISES: dict[str, type[ExpectPromiseKept]] = {
    "consent": ExpectOnlyConsented,
    "completeness": ExpectNothingMissing,
    "uniqueness": ExpectNoDuplicates,
    "reconciliation": ExpectZonesToReconcile,
    "no personal data": ExpectNoPersonalData,
    "delivery": ExpectNothingLost,
    "shape": ExpectDeclaredShape,
    "freshness": ExpectFresh,
    "volume": ExpectUsualVolume,
}
"""The expectation that guards each promise."""


def _sentence(template: str, params: dict[str, Any]) -> RenderedStringTemplateContent:
    return RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={"template": template, "params": {name: str(value) for name, value in params.items()}},
    )
