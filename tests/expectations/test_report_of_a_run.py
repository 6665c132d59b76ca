"""What a refused run and a good one leave: reports that people and CI servers read, with no personal data in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import junitparser
import pytest

from catalog.lake import load_catalog
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from expectations.reporting.flow import RULES
from expectations.reporting.view import table_views
from tests.reported import ROOT
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.reported import Reported

pytestmark = pytest.mark.spark

FILES = {"index.html", "data_docs.html", "validation.json", "junit.xml", "summary.md"}


def _disclosed(reported: Reported, texts: Iterable[str]) -> set[str]:
    text = "\n".join(texts).lower()
    return {value for value in reported.personal if value in text}


def test_nothing_written_or_printed_holds_personal_data(reported: Reported) -> None:
    assert len(reported.personal) > 150
    assert len({value for value in reported.personal if "@" in value}) > 50
    files = [path for path in reported.reports.rglob("*") if path.is_file()]
    assert len(files) > 25
    names = (str(path.relative_to(reported.reports)) for path in files)
    texts = (path.read_text(encoding="utf-8") for path in files)
    assert _disclosed(reported, (*names, *texts, reported.printed)) == set()


def test_the_table_of_verdicts_holds_no_personal_data(reported: Reported) -> None:
    table = load_catalog(local_profile(reported.lake)).load_table("quality.validation_result").scan().to_arrow()
    assert set(table["runId"].to_pylist()) == {reported.refused, reported.good}
    assert _disclosed(reported, (json.dumps(row, default=str) for row in table.to_pylist())) == set()


def test_nothing_asks_for_the_network(reported: Reported) -> None:
    asked = reported.asked.read_text(encoding="utf-8").splitlines()
    assert [line for line in asked if not re.search(r" (127\.|::1|localhost|0\.0\.0\.0)", line)] == []


def test_the_watch_sees_and_stops_what_asks(tmp_path: Path) -> None:
    asked = tmp_path / "asked.txt"
    code = "import socket; socket.getaddrinfo('example.test', 443)"
    environment = {"PYTHONPATH": str(ROOT / "tests" / "network"), "STEDI_TEST_ASKED": str(asked)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "the network is not to be used" in done.stderr
    assert asked.read_text(encoding="utf-8") == "socket.getaddrinfo example.test\n"


@pytest.mark.parametrize("run", ["refused", "good"])
def test_each_run_has_its_files_and_a_page_per_table(reported: Reported, run: str) -> None:
    folder = reported.reports / getattr(reported, run)
    found = {path.name for path in folder.iterdir()}
    tables = {name for name in TABLES if name.split(".")[0] != "quality"}
    assert found == FILES | {f"{name}.html" for name in tables}


def test_every_link_leads_to_a_file_of_the_site(reported: Reported) -> None:
    pages = list(reported.reports.rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?:|(?:src|href)=\"//|<script|@import", text), page
        for link in re.findall(r'href="([^"]+)"', text):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.is_file(), f"{page}: {link}"
            assert not anchor or f'id="{anchor}"' in target.read_text(encoding="utf-8"), f"{page}: {link}"


def test_the_failing_expectation_is_told_with_its_query(reported: Reported) -> None:
    folder = reported.reports / reported.refused
    result = _failing(folder)["everyone_agreed"]
    page = (folder / "trusted.customer_trusted.html").read_text(encoding="utf-8")
    overview = (folder / "index.html").read_text(encoding="utf-8")
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    for text in (page, overview, summary):
        assert result["sentence"].replace("'", "&#39;") in text or result["sentence"] in text
        assert f"not consented {result['observed']['not_consented']}" in text
        assert "LEFT JOIN newest n" in text
    assert "Data refused" in overview
    assert f"audit_{reported.refused}" in overview


def _failing(folder: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    [verdict] = [verdict for verdict in document["verdicts"] if not verdict["success"]]
    return {result["name"]: result for result in verdict["results"] if not result["success"]}


def test_junit_tells_the_same(reported: Reported) -> None:
    refused = junitparser.JUnitXml.fromfile(str(reported.reports / reported.refused / "junit.xml"))
    failures = {case.name: case.result[0] for suite in refused for case in suite if case.result and not case.is_skipped}
    expected = _failing(reported.reports / reported.refused)
    assert failures.keys() == expected.keys()
    assert refused.failures == len(expected)
    assert failures["everyone_agreed"].text == expected["everyone_agreed"]["rows_query"]

    good = junitparser.JUnitXml.fromfile(str(reported.reports / reported.good / "junit.xml"))
    document = json.loads((reported.reports / reported.good / "validation.json").read_text(encoding="utf-8"))
    assert (good.failures, good.errors) == (0, 0)
    judged = [case for suite in good for case in suite if not case.is_skipped]
    assert len(judged) == sum(len(verdict["results"]) for verdict in document["verdicts"])


def test_rows_that_came_in_are_accounted_for(reported: Reported) -> None:
    """The facts that the pages name are facts of the suites, and they add up."""
    runs = [reported.refused, reported.good]
    history = [json.loads((reported.reports / run / "validation.json").read_text(encoding="utf-8")) for run in runs]
    flows = {table.identifier: table.flow for table in table_views(history)}
    for name in RULES:
        flow = flows[name]
        assert flow is not None, name
        assert flow.unexplained == 0
        assert flow.total >= flow.parts[0].rows > 0


def test_great_expectations_tells_of_every_table_that_it_judged(reported: Reported) -> None:
    for run in (reported.refused, reported.good):
        document = json.loads((reported.reports / run / "validation.json").read_text(encoding="utf-8"))
        suites = [validation["suite"] for validation in document["dataDocs"] if "columns" not in validation["suite"]]
        assert suites == [verdict["table"] for verdict in document["verdicts"]]
        told = sum(len(section["rows"]) for validation in document["dataDocs"] for section in validation["sections"])
        assert told == sum(len(verdict["results"]) for verdict in document["verdicts"])


def test_analytics_are_off(reported: Reported) -> None:
    from expectations.validation.judge import _judge

    assert reported.asked.exists()
    context = _judge()[0]
    assert context.config.analytics_enabled is False


def test_the_verb_tells_the_verdict_and_where_the_report_is(reported: Reported) -> None:
    latest = stedi_json("report", "--lake", reported.lake)
    assert latest["run"] == reported.good
    assert latest["success"] is True
    assert latest["report"] == str(reported.reports / reported.good / "index.html")
    text = stedi("report", "--lake", reported.lake, "--run", reported.refused).stdout
    assert "data refused" in text
    assert "everyone_agreed" in text
    summary = stedi("report", "--lake", reported.lake, "--run", reported.refused, "--summary").stdout
    assert summary.strip() == (reported.reports / reported.refused / "summary.md").read_text(encoding="utf-8").strip()


def test_a_run_that_has_no_report(reported: Reported, tmp_path: Path) -> None:
    for arguments in (["--lake", reported.lake, "--run", "none"], ["--lake", tmp_path]):
        done = stedi("report", *arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
