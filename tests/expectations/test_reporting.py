"""Reports from verdicts made up here: what is told of failures, errors and history, and how pages stay current."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import junitparser
import pytest

from catalog.errors import UsageError
from expectations.reporting import RunReport, Site, write_report
from expectations.reporting.data_docs import data_docs
from expectations.reporting.flow import flow
from expectations.reporting.lineage import picture
from expectations.reporting.plots import history_plots
from expectations.reporting.view import table_views
from expectations.validation.validate import Result, Verdict
from jobs.lineage import jobs_in_order
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
READINGS, CUSTOMERS = "trusted.accelerometer_trusted", "trusted.customer_trusted"
FACTS: dict[str, int | None] = {"rows": 60, "landed": 100, "landed_without_consent": 30, "landed_before_consent": 10}
HOLDS = Result("holds", "consent", "It holds.", True, {"offences": 0})
FAILS = Result("fails", "consent", "It <fails> & is told.", False, {"offences": 1234}, "SELECT 1 < 2")
WARNS = Result("warns", "freshness", "It is <late>.", False, {"late": 9}, severity="warning")
BROKEN = Result("broken", "shape", "It cannot be told.", False, {"offences": None}, error="fact query 1 failed: X")


def a_run(number: int, *results: Result, table: str = READINGS, outcome: str = "published") -> RunReport:
    started = STARTED + timedelta(minutes=number)
    facts = FACTS | {"rows": 60 + number, "landed": 100 + number}
    verdict = Verdict(table, f"run{number:03}", 7, results, facts, started)
    return RunReport(
        run_id=f"run{number:03}",
        started=started,
        ended=started + timedelta(seconds=20),
        verdicts=(verdict,) if results else (),
        rows={table: 60 + number},
        outcomes={table: outcome},
        how={table: "rebuilt: it is <new>"},
        lineage={job.writes: job.reads for job in jobs_in_order()},
    )


def test_a_refused_run(tmp_path: Path) -> None:
    write_report(tmp_path, a_run(1, HOLDS))
    page = write_report(tmp_path, a_run(2, HOLDS, FAILS, BROKEN, outcome="refused")).read_text(encoding="utf-8")
    assert "It &lt;fails&gt; &amp; is told." in page
    assert "offences 1,234" in page
    assert "1 of 3" in page
    assert "rebuilt: it is &lt;new&gt;" in page
    assert "audit_run002" in page
    table = (tmp_path / "run002" / f"{READINGS}.html").read_text(encoding="utf-8")
    assert "SELECT 1 &lt; 2" in table
    assert "fact query 1 failed: X" in table
    assert table.index('id="fails"') < table.index('id="holds"')
    summary = (tmp_path / "run002" / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("## ✗")
    assert "It <fails> & is told. Observed: offences 1,234" in summary
    assert f"| ✗ | {READINGS} | refused | 62 | 102 readings landed |" in summary
    assert all(len(row.split("|")) == 8 for row in summary.splitlines() if row.startswith("|"))


def test_a_warning_is_told_and_holds_nothing_back(tmp_path: Path) -> None:
    page = write_report(tmp_path, a_run(1, HOLDS, WARNS)).read_text(encoding="utf-8")
    assert "Every table passed" in page
    assert ">Warnings</h2>" in page
    assert "It is &lt;late&gt;." in page
    assert "1 of 2" in page
    table = (tmp_path / "run001" / f"{READINGS}.html").read_text(encoding="utf-8")
    assert "! warning" in table
    summary = (tmp_path / "run001" / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("## ✓")
    assert "### Warnings" in summary
    assert f"- **{READINGS}** `warns`: It is <late>. Observed: late 9" in summary
    report = junitparser.JUnitXml.fromfile(str(tmp_path / "run001" / "junit.xml"))
    assert (report.tests, report.failures, report.errors) == (2, 0, 0)
    assert "warning: It is &lt;late&gt;" in (tmp_path / "run001" / "junit.xml").read_text(encoding="utf-8")
    # What could not be evaluated holds the table back, whatever it is about.
    unknown = replace(WARNS, error="fact query 1 failed: X")
    assert not a_run(2, HOLDS, unknown).success
    assert "data refused" in write_report(tmp_path, a_run(2, HOLDS, unknown)).read_text(encoding="utf-8").lower()


def test_junit_tells_failures_from_errors(tmp_path: Path) -> None:
    write_report(tmp_path, a_run(1, HOLDS, FAILS, BROKEN, outcome="refused"))
    report = junitparser.JUnitXml.fromfile(str(tmp_path / "run001" / "junit.xml"))
    assert (report.tests, report.failures, report.errors) == (3, 1, 1)
    write_report(tmp_path, a_run(2, outcome="unchanged"))
    unchanged = junitparser.JUnitXml.fromfile(str(tmp_path / "run002" / "junit.xml"))
    assert (unchanged.tests, unchanged.skipped, unchanged.failures) == (1, 1, 0)


def test_an_unchanged_table_keeps_the_verdict_of_the_run_that_judged_it(tmp_path: Path) -> None:
    write_report(tmp_path, a_run(1, HOLDS))
    page = write_report(tmp_path, a_run(2, outcome="unchanged")).read_text(encoding="utf-8")
    assert "1 of 1 expectations passed in run run001" in page
    assert "Every table passed" in page


def test_rows_of_a_refused_candidate_are_not_what_readers_see() -> None:
    documents = [a_run(1, HOLDS).document(), a_run(2, FAILS, outcome="refused").document()]
    documents.append(a_run(3, HOLDS, table=CUSTOMERS).document())
    views = {view.identifier: view for view in table_views(documents)}
    assert (views[READINGS].outcome, views[READINGS].rows) == ("not run", 61)
    assert (views[READINGS].state, views[READINGS].judged_by) == ("good", "run001")
    refused = {view.identifier: view for view in table_views(documents[:2])}
    assert (refused[READINGS].outcome, refused[READINGS].rows) == ("refused", 62)
    assert (refused[READINGS].state, refused[READINGS].judged_by) == ("bad", "run002")
    [words] = [plot.words for plot in history_plots(documents) if plot.title == READINGS]
    assert words == f"Rows of {READINGS} over 3 runs: 61 at first, 61 at last; refused once."


def test_the_chart_counts_as_the_page_does(tmp_path: Path) -> None:
    """A warning is neither passed nor failed, in the chart, in words, on the page and in its summary."""
    run = a_run(1, HOLDS, WARNS, replace(HOLDS, name="holds too"))
    page = write_report(tmp_path, run).read_text(encoding="utf-8")
    plot = history_plots([run.document()])[0]
    assert (plot.header, plot.rows[0][1:]) == (("run (UTC)", "passed", "warnings", "failed"), ("2", "1", "0"))
    assert "2 passed, 1 is a warning, 0 failed." in plot.words
    assert "<dd>2 of 3</dd>" in page
    assert "var(--warn)" in plot.svg
    assert "2 of 3 expectations passed; 1 table published" in Site(tmp_path).summary("run001")


def test_messages_hold_no_python(tmp_path: Path) -> None:
    """Facts are told in words, in messages, in JUnit's XML and on pages."""
    fails = replace(FAILS, observed={"unexpected_columns": 1, "rows_lost": 2345, "mistyped": None})
    words = "unexpected columns 1, rows lost 2,345, mistyped not counted"
    refused = a_run(1, fails, outcome="refused")
    [verdict] = refused.verdicts
    assert f"Observed: {words}" in verdict.told("refused")
    page = write_report(tmp_path, refused).read_text(encoding="utf-8")
    assert words in page
    assert f"Observed: {words}" in (tmp_path / "run001" / "junit.xml").read_text(encoding="utf-8")


def test_one_row_is_no_rows(tmp_path: Path) -> None:
    run = a_run(1, HOLDS)
    facts = dict(run.verdicts[0].facts) | {"rows": 1}
    one = replace(run, verdicts=(replace(run.verdicts[0], facts=facts),), rows={READINGS: 1})
    page = write_report(tmp_path, one).read_text(encoding="utf-8")
    assert re.search(r'<div class="rows">1 <span>row\s*</span>', page)
    assert "1 rows" not in page


def test_an_increment_is_told_as_one(tmp_path: Path) -> None:
    whole = a_run(1, HOLDS, table=CUSTOMERS)
    page = write_report(tmp_path, replace(whole, rows={CUSTOMERS: 61})).read_text(encoding="utf-8")
    assert "validated on" not in page
    page = write_report(tmp_path, replace(a_run(2, HOLDS), rows={READINGS: 1000})).read_text(encoding="utf-8")
    assert "validated on the 62 rows that are new or affected" in page
    assert "102 readings landed in the validated part" in page
    assert "102 readings landed (increment)" in (tmp_path / "run002" / "summary.md").read_text(encoding="utf-8")


def test_what_was_judged_together_with_a_refused_table_is_not_published() -> None:
    run = a_run(1, HOLDS)
    views = table_views([replace(run, outcomes={CUSTOMERS: "refused"}).document()])
    [view] = [view for view in views if view.identifier == READINGS]
    assert (view.outcome, view.rows, view.state) == ("not published", None, "good")


def test_what_was_judged_by_a_run_that_made_nothing_is_audited() -> None:
    views = table_views([replace(a_run(1, HOLDS), outcomes={}).document()])
    [view] = [view for view in views if view.identifier == READINGS]
    assert (view.outcome, view.rows, view.state) == ("audited", 61, "good")


def test_what_was_said_on_the_way_is_in_the_report(tmp_path: Path) -> None:
    warned = replace(a_run(1, HOLDS), warnings=("customer/<landing>/x.json is not read",))
    page = write_report(tmp_path, warned)
    assert "customer/&lt;landing&gt;/x.json is not read" in page.read_text(encoding="utf-8")
    assert "- customer/<landing>/x.json is not read" in Site(tmp_path).summary("run001")
    assert warned.document()["warnings"] == ["customer/<landing>/x.json is not read"]
    document = page.parent / "validation.json"
    older = {name: value for name, value in warned.document().items() if name != "warnings"}
    document.write_text(json.dumps(older), encoding="utf-8")
    Site(tmp_path).build("run001")
    assert "Notes of the run" not in Site(tmp_path).summary("run001")


def test_where_rows_went() -> None:
    told = flow(READINGS, FACTS, {})
    assert told is not None
    assert [(part.words, part.rows) for part in told.parts] == [
        ("here", 60),
        ("of people who did not agree", 30),
        ("from before the person agreed", 10),
    ]
    assert told.unexplained == 0
    lost = flow(READINGS, FACTS | {"rows": 55}, {})
    assert lost is not None
    assert lost.unexplained == 5
    assert flow(READINGS, FACTS | {"landed": None}, {}) is None


def test_readings_of_refused_customers_are_not_of_people_who_did_not_agree() -> None:
    facts = FACTS | {"landed_without_consent": 5, "landed_in_doubt": 22, "landed_of_unknown": 3}
    told = flow(READINGS, facts, {})
    assert told is not None
    assert [(part.words, part.rows) for part in told.parts] == [
        ("here", 60),
        ("of people who did not agree", 5),
        ("of people whose consent is in doubt, as a record of theirs was refused", 22),
        ("of people of whom no customer record is known", 3),
        ("from before the person agreed", 10),
    ]
    assert told.unexplained == 0


def test_where_customers_went() -> None:
    facts: dict[str, int | None] = {"rows": 7, "expected": 7}
    told = flow("curated.customer_curated", facts, {CUSTOMERS: 10, READINGS: 60})
    assert told is not None
    assert [(part.words, part.rows) for part in told.parts] == [("here", 7), ("without trusted readings", 3)]
    assert told.unexplained == 0
    missing = flow("curated.customer_curated", facts | {"rows": 5}, {CUSTOMERS: 10})
    assert missing is not None
    assert missing.unexplained == 2
    assert flow("curated.customer_curated", facts, {}) is None


def test_the_picture_has_an_arrow_for_each_declared_input() -> None:
    document = a_run(1, HOLDS).document()
    drawn = picture(table_views([document]), document["lineage"])
    assert len(drawn.arrows) == len(set(drawn.arrows)) == sum(len(job.reads) for job in jobs_in_order())
    for job in jobs_in_order():
        [sentence] = [words for words in drawn.words if words.startswith(f"{job.writes} is made from")]
        assert all(name in sentence for name in job.reads)
    boxes = [(node.x, node.y, node.width, node.height) for node in drawn.nodes]
    for x, y, width, height in boxes:
        assert x + width < drawn.width
        assert y + height < drawn.height
        assert not [other for other in boxes if other[0] == x and 0 < other[1] - y < height]


def test_plots_are_part_of_a_page(tmp_path: Path) -> None:
    for number in range(24):
        document = a_run(number, HOLDS).document()
        (tmp_path / document["run"]).mkdir()
        (tmp_path / document["run"] / "validation.json").write_text(json.dumps(document), encoding="utf-8")
    page = write_report(tmp_path, a_run(24, HOLDS))
    text = page.read_text(encoding="utf-8")
    assert "The last 20 runs" in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', text)) <= set(ids)
    assert not re.search(r"#1000\d\d", text), "a colour that is none of the page's"
    assert 'role="img" aria-label="Duration of 20 runs: 20 to 20 s, the last 20 s."' in text


def test_pages_of_another_version_are_made_anew(tmp_path: Path) -> None:
    page = write_report(tmp_path, a_run(1, HOLDS))
    write_report(tmp_path, a_run(2, HOLDS))
    site = Site(tmp_path)
    assert site.is_current("run001")
    made = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"stedi-report-\w+", "stedi-report-older", made), encoding="utf-8")
    assert not site.is_current("run001")
    site.renew("run002")
    assert page.read_text(encoding="utf-8") == made


def test_a_first_report_that_has_no_verdicts(tmp_path: Path) -> None:
    """The run before it died between recording its verdicts and its report: nothing is left to validate."""
    page = write_report(tmp_path, a_run(1)).read_text(encoding="utf-8")
    assert "The last" not in page
    assert not re.search(r'href="#history"', page)


def test_a_report_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    write_report(tmp_path, a_run(1, HOLDS))
    (tmp_path / "run002").mkdir()
    (tmp_path / "run002" / ".validation.json.unfinished").write_text('{"run": "ru', encoding="utf-8")
    write_report(tmp_path, a_run(3, HOLDS))
    assert Site(tmp_path).runs() == ["run001", "run003"]


@pytest.mark.parametrize("run", ["run9", "../run001", "run001/"])
def test_only_runs_of_the_site_are_shown(tmp_path: Path, run: str) -> None:
    with pytest.raises(UsageError, match="no report"):
        Site(tmp_path / "none").latest()
    write_report(tmp_path, a_run(1, HOLDS))
    with pytest.raises(UsageError, match="leave out --run"):
        Site(tmp_path).document(run)


def test_the_report_opens_in_the_browser(tmp_path: Path) -> None:
    page = write_report(tmp_path / "reports", a_run(1, HOLDS))
    page.unlink()  # old or gone, it is made anew
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    browser.chmod(0o755)
    done = stedi("report", "--lake", tmp_path, "--open", BROWSER=f"{browser} %s")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == page.as_uri()
    assert "Every table passed" in page.read_text(encoding="utf-8")

    none = stedi("report", "--lake", tmp_path, "--open", BROWSER="", DISPLAY="", PATH="")
    assert none.returncode == 2
    assert none.stderr.startswith("stedi: no browser could be opened here")


def test_great_expectations_account_holds_no_values() -> None:
    """Of results that quote rows, as those of expectations on columns of a table do."""
    import pandas as pd
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
    from great_expectations.expectations.core.expect_column_values_to_be_null import ExpectColumnValuesToBeNull

    from expectations.validation.judge import _validate, validations

    since = datetime.now(UTC)
    frame = pd.DataFrame({"email": ["somebody@example.test", "other@example.test"]})
    expectations = [
        ExpectColumnValuesToBeInSet(column="email", value_set=["x"], description="Known."),
        ExpectColumnValuesToBeNull(column="none", description="It raises, and its message may quote anything."),
    ]
    results = _validate("a table", frame, expectations)
    assert any("somebody@example.test" in json.dumps(result.to_json_dict()) for result in results)
    [account] = data_docs(validations(since))
    assert account["suite"] == "a table"
    assert account["success"] is False
    told = json.dumps(account)
    assert "Known." in told
    assert "100% unexpected" in told
    assert "example.test" not in told
    assert "raised an exception" in told
    assert "does not exist" not in told
    assert "Traceback" not in told


def test_a_report_that_says_refused_is_no_success() -> None:
    assert a_run(1, HOLDS).success
    assert not a_run(1, FAILS).success
    assert not replace(a_run(1, HOLDS), outcomes={READINGS: "refused"}).success
