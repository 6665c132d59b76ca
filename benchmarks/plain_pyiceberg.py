"""The rival of ``query``: pyiceberg reads each table whole, DuckDB answers. Arguments: question, lake."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from pyiceberg.catalog import load_catalog

from catalog.profiles.profile import LocalProfile

_TABLES = (("trusted", "accelerometer_trusted"), ("curated", "customer_curated"))


def main(sql: str, lake: str) -> None:
    """Print the answer."""
    profile = LocalProfile(lake=Path(lake))
    catalog, engine = load_catalog("stedi", **profile.pyiceberg_properties()), duckdb.connect()
    for zone, name in _TABLES:
        engine.register(name, catalog.load_table((profile.database(zone), name)).scan().to_arrow())
        engine.execute(f"CREATE SCHEMA {zone}")
        engine.execute(f"CREATE VIEW {zone}.{name} AS FROM main.{name}")
    engine.sql(sql).write_csv("/dev/stdout")


if __name__ == "__main__":
    main(*sys.argv[1:])
