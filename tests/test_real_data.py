"""The exercise's own landing data: our tables against SQL written independently over the raw JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.stedi import rows_by_table, stedi_json

pytestmark = pytest.mark.spark

# The bold row of the table in docs/meaning.md: from consent on, joined per person.
PUBLISHED = {
    "trusted.customer_trusted": 482,
    "trusted.accelerometer_trusted": 32_025,
    "curated.customer_curated": 464,
    "trusted.step_trainer_trusted": 11_297,
    "curated.machine_learning_curated": 32_025,
}

_COUNTS = """
WITH customer AS (SELECT * FROM read_json('{landing}/customer/landing/*.json', format = 'newline_delimited')),
motion AS (SELECT DISTINCT * FROM read_json('{landing}/accelerometer/landing/*.json', format = 'newline_delimited')),
step AS (SELECT DISTINCT * FROM read_json('{landing}/step_trainer/landing/*.json', format = 'newline_delimited')),
agreed AS (
  SELECT * FROM customer QUALIFY row_number() OVER (PARTITION BY email ORDER BY lastUpdateDate DESC) = 1
    AND shareWithResearchAsOfDate IS NOT NULL
),
usable AS (SELECT m.* FROM motion m JOIN agreed a ON m.user = a.email WHERE m.timestamp >= a.shareWithResearchAsOfDate),
curated AS (SELECT * FROM agreed WHERE email IN (SELECT user FROM usable)),
distance AS (
  SELECT s.* FROM step s JOIN curated c ON s.serialNumber = c.serialNumber
  WHERE s.sensorReadingTime >= c.shareWithResearchAsOfDate
)
SELECT (SELECT count(*) FROM agreed), (SELECT count(*) FROM usable), (SELECT count(*) FROM curated),
  (SELECT count(*) FROM distance),
  (SELECT count(*) FROM usable u JOIN curated c ON u.user = c.email
   JOIN distance d ON d.serialNumber = c.serialNumber AND d.sensorReadingTime = u.timestamp)
"""


@pytest.fixture(scope="module")
def real_run(tmp_path_factory: pytest.TempPathFactory, real_landing: Path) -> dict[str, Any]:
    lake = tmp_path_factory.mktemp("real") / "lake"
    document: dict[str, Any] = stedi_json("run", "--landing", real_landing, "--lake", lake)
    return document


def test_the_counts_of_the_readme(real_run: dict[str, Any]) -> None:
    rows = rows_by_table(real_run)
    assert {table: rows[table] for table in PUBLISHED} == PUBLISHED
    assert [rows[f"landing.{source}_landing"] for source in ("customer", "accelerometer", "step_trainer")] == [
        956,
        81_273,
        28_680,
    ]


def test_the_counts_of_independent_sql(real_run: dict[str, Any], real_landing: Path) -> None:
    counted = duckdb.connect().execute(_COUNTS.format(landing=real_landing)).fetchone()
    rows = rows_by_table(real_run)
    assert counted == tuple(rows[table] for table in PUBLISHED)


def test_a_query_counts_what_was_published(real_run: dict[str, Any]) -> None:
    lake = Path(real_run["report"]).parents[2]
    sql = (
        "SELECT c.email, count(*) AS n, avg(a.x) FROM trusted.accelerometer_trusted AS a "
        "JOIN curated.customer_curated AS c ON c.email = a.user GROUP BY 1 ORDER BY n DESC, 1"
    )
    answer = stedi_json("query", sql, "--lake", lake)
    assert len(answer["rows"]) == PUBLISHED["curated.customer_curated"]
    assert sum(count for _, count, _ in answer["rows"]) == PUBLISHED["trusted.accelerometer_trusted"]
