"""The expectation of the suites as Great Expectations knows it: offences are counted, and none or few are tolerated.

It judges one column of a single row of facts. Importing this module imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

GUARDS = {
    "consent": "that only what people agreed to share is here, from the moment they agreed",
    "completeness": "that joins are complete, on both sides",
    "uniqueness": "that a row of the table's grain stands once",
    "reconciliation": "that rows are accounted for from zone to zone",
    "no personal data": "that nobody can be told from the table",
    "delivery": "that nothing delivered is lost",
    "shape": "that values are what the table declares",
    "freshness": "that data is of the time that people take it for",
    "volume": "against deliveries that are cut short or doubled",
}
"""What a check of each promise guards, in words."""


class ExpectPromiseKept(ColumnAggregateExpectation):
    """The number of violations of a promise is within its tolerance, and was counted exactly once.

    Attributes:
        column: the fact: a number of offences.
        check: the name of the check in its suite.
        sentence: the check in plain words.
        promise: what it guards, by name.
        guards: the same in words.
        tolerance: how many offences are tolerated.
    """

    check: str = pydantic.Field(default="", description="The name of the check in its suite.")
    sentence: str = pydantic.Field(default="", description="The check in plain words.")
    promise: str = pydantic.Field(default="", description="What the check guards.")
    guards: str = pydantic.Field(default="", description="The promise in words.")
    tolerance: int = pydantic.Field(default=0, ge=0, description="How many offences are tolerated.")

    metric_dependencies = ("column.max", "table.row_count")
    success_keys = ("check", "sentence", "promise", "guards", "tolerance")
    args_keys = ("column", "check", "sentence", "promise", "guards", "tolerance")

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
        return [_sentence("$sentence It guards $guards.", asked.kwargs if asked else {})]

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


def _sentence(template: str, params: dict[str, Any]) -> RenderedStringTemplateContent:
    return RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={"template": template, "params": {name: str(value) for name, value in params.items()}},
    )
