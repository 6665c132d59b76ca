"""The verdicts as JUnit XML, which CI servers show beside the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from expectations.reporting.view import refuses
from expectations.validation.validate import in_words

if TYPE_CHECKING:
    from junitparser import TestCase

    from expectations.reporting.document import Document


def junit(document: Document) -> str:
    """One suite per table and one case per expectation; a table that the run left unchanged is a skipped case."""
    from junitparser import JUnitXml, Skipped, TestCase, TestSuite

    report = JUnitXml(f"stedi {document['run']}")
    for verdict in document["verdicts"]:
        suite = TestSuite(verdict["table"])
        suite.timestamp = verdict["evaluated"]
        suite.add_property("run", document["run"])
        suite.add_property("snapshot", str(verdict["snapshot"]))
        suite.add_testcases([_case(verdict["table"], result) for result in verdict["results"]])
        report.add_testsuite(suite)
    for table in document["tables"]:
        if table["outcome"] == "unchanged":
            suite = TestSuite(table["table"])
            case = TestCase("unchanged", table["table"], 0)
            case.result = [Skipped("its inputs are unchanged; it was validated when it was made")]
            suite.add_testcase(case)
            report.add_testsuite(suite)
    untyped: Any = report
    untyped.update_statistics()
    text: bytes = untyped.tostring()
    return text.decode()


def _case(table: str, result: dict[str, Any]) -> TestCase:
    from junitparser import Error, Failure, TestCase

    case = TestCase(result["name"], table, 0)
    if result["error"]:
        case.result = [Error(f"{result['sentence']} It could not be evaluated: {result['error']}", result["promise"])]
    elif not refuses(result):
        if not result["success"]:
            case.system_out = f"warning: {result['sentence']} Observed: {in_words(result['observed'])}"
    else:
        failure = Failure(f"{result['sentence']} Observed: {in_words(result['observed'])}", result["promise"])
        failure.text = result["rows_query"]
        case.result = [failure]
    return case
