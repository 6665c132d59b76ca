"""A rival of ``full_run``: DuckDB alone over landing JSON, without gates. Arguments: landing folder, output folder."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_TABLES = {
    "customer_trusted": "SELECT * FROM customer WHERE shareWithResearchAsOfDate IS NOT NULL",
    "accelerometer_trusted": """
        SELECT DISTINCT r.* FROM accelerometer r
        SEMI JOIN customer_trusted c ON r.user = c.email AND r.timestamp >= c.shareWithResearchAsOfDate""",
    "customer_curated": "SELECT * FROM customer_trusted c SEMI JOIN accelerometer_trusted a ON a.user = c.email",
    "step_trainer_trusted": """
        SELECT DISTINCT r.* FROM step_trainer r SEMI JOIN customer_curated c
        ON r.serialNumber = c.serialNumber AND r.sensorReadingTime >= c.shareWithResearchAsOfDate""",
    "machine_learning_curated": """
        SELECT a.*, d.distanceFromObject FROM accelerometer_trusted a JOIN customer_curated c ON a.user = c.email
        JOIN step_trainer_trusted d ON d.serialNumber = c.serialNumber AND d.sensorReadingTime = a.timestamp""",
}


def main(landing: str, out: str) -> None:
    """Infer schemas, filter, join per person from consent on, write Parquet."""
    Path(out).mkdir(parents=True)
    con = duckdb.connect()
    for source in ("customer", "accelerometer", "step_trainer"):
        con.execute(f"CREATE VIEW {source} AS FROM read_json('{landing}/{source}/landing/*')")
    for name, rows in _TABLES.items():
        con.execute(f"COPY ({rows}) TO '{out}/{name}.parquet' (COMPRESSION zstd)")
        con.execute(f"CREATE VIEW {name} AS FROM '{out}/{name}.parquet'")


if __name__ == "__main__":
    main(*sys.argv[1:])
