"""Great Expectations judges facts: one row of numbers, one column each, in memory; so it starts no Spark jobs."""

from __future__ import annotations

import itertools
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from catalog.machine.lean_imports import lean_imports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from expectations.suites.suite import Suite

_numbers = itertools.count()
# Great Expectations judges rows of numbers in memory here: it needs none of the engines that it uses where they are
# installed, nor the distributions and charts of one expectation that no suite has. To import these took half its time.
_NOT_FOUND = ("boto3", "botocore", "pyspark", "trino")
_UNUSED = ("altair", "scipy.stats")
# Whoever needs Great Expectations while a thread loads it waits for that.
_loading = threading.Lock()

COLUMNS = "columns"
"""What the validation of a candidate's columns is called: it follows that of the table's facts."""


def _judge() -> tuple[Any, Any]:
    """An ephemeral context, and what a data frame is to it; one for the process.

    With each data source's asset that is added, Great Expectations writes all of its configuration again.
    """
    with _loading:
        return _loaded()


@cache
def _loaded() -> tuple[Any, Any]:
    with lean_imports(_NOT_FOUND, _UNUSED):
        import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.enable_analytics(enable=False)
    asset = context.data_sources.add_pandas("facts").add_dataframe_asset("facts")
    return context, asset.add_batch_definition_whole_dataframe("facts")


def get_ready() -> None:
    """Load Great Expectations before it is needed."""
    _judge()


def validations(since: datetime) -> list[Any]:
    """What Great Expectations keeps in its store of the validations since then, in their order."""
    if not _loaded.cache_info().currsize:
        return []
    store = _judge()[0].validation_results_store
    keys = [key for key in store.list_keys() if key.run_id.run_time >= since]
    return [store.get(key) for key in sorted(keys, key=lambda key: key.run_id.run_time)]


def _validate(title: str, frame: pd.DataFrame, expectations: list[Any]) -> list[Any]:
    import great_expectations as gx

    context, definition = _judge()
    name = f"{title} #{next(_numbers)}"
    suite = context.suites.add(gx.ExpectationSuite(name, expectations=expectations))
    validation = gx.ValidationDefinition(data=definition, suite=suite, name=name)
    validation = context.validation_definitions.add(validation)
    result = validation.run(batch_parameters={"dataframe": frame}, result_format="SUMMARY")
    return list(result.results)


def judge_facts(suite: Suite, facts: Mapping[str, int | None]) -> dict[str, bool]:
    """Whether each check of the suite holds, by name; one not evaluated on exactly one number is not among them."""
    get_ready()  # before anything of it is imported here: another thread may be at it
    import pandas as pd
    from great_expectations.expectations.metadata_types import FailureSeverity

    from expectations.validation.promises import GUARDS, ExpectPromiseKept

    known = {name: value for name, value in facts.items() if value is not None}
    checks = [check for check in suite.checks if check.fact in known]
    if not checks:
        return {}
    expectations = [
        ExpectPromiseKept(
            column=check.fact,
            check=check.name,
            promise=check.promise,
            guards=GUARDS[check.promise],
            sentence=check.sentence,
            severity=FailureSeverity(check.severity),
        )
        for check in checks
    ]
    results = _validate(suite.table, pd.DataFrame([known]), expectations)
    return {
        result.expectation_config.kwargs["check"]: bool(result.success)
        for result in results
        if result.result.get("element_count") == 1 and result.result.get("missing_count") == 0
    }


def judge_columns(columns: Sequence[str], found: Sequence[str]) -> bool:
    """Whether the columns found are these, in this order, and no others."""
    get_ready()
    import pandas as pd
    from great_expectations.expectations.core.expect_table_columns_to_match_ordered_list import (
        ExpectTableColumnsToMatchOrderedList,
    )

    expectation = ExpectTableColumnsToMatchOrderedList(column_list=list(columns))
    results = _validate(COLUMNS, pd.DataFrame(columns=list(found)), [expectation])
    return len(results) == 1 and bool(results[0].success)
