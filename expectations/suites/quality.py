"""The suite of the verdicts' own table."""

from __future__ import annotations

from expectations.suites.suite import Check, Suite

SUITES = (
    Suite(
        table="quality.validation_result",
        facts=(
            """SELECT count(*) AS rows, count(*) - count(DISTINCT (runId, tableName, expectation)) AS duplicates
            FROM {validation_result}""",
        ),
        checks=(
            Check(
                name="one_verdict_per_expectation",
                promise="uniqueness",
                sentence="A run evaluates each expectation of a table once.",
                fact="duplicates",
            ),
        ),
    ),
)
