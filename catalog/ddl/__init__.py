"""Athena DDL of the landing tables, one file each; `python -m catalog.ddl` writes them again from the specs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalog.specs.landing import ACCELEROMETER_LANDING, CUSTOMER_LANDING, STEP_TRAINER_LANDING

if TYPE_CHECKING:
    from catalog.schema.table_spec import Column, TableSpec

DDL_TABLES = (CUSTOMER_LANDING, ACCELEROMETER_LANDING, STEP_TRAINER_LANDING)
FOLDER = Path(__file__).parent


def athena_ddl(spec: TableSpec) -> str:
    """The statement that creates the table in Athena, as Iceberg format version 2.

    Athena's DDL is Hive's: no NOT NULL, and quotes escaped by a backslash.
    ``WAREHOUSE`` stands for the warehouse bucket.
    """
    columns = ",\n".join(_column_clause(column) for column in spec.columns)
    partitioning = f"PARTITIONED BY ({', '.join(spec.partitioning)})\n" if spec.partitioning else ""
    return (
        f"-- {spec.doc}\n"
        f"CREATE TABLE IF NOT EXISTS {spec.identifier} (\n{columns}\n)\n{partitioning}"
        f"LOCATION 's3://WAREHOUSE/{spec.zone}/{spec.name}/'\n"
        "TBLPROPERTIES (\n  'table_type' = 'ICEBERG',\n  'format' = 'parquet',\n  'write_compression' = 'zstd'\n);\n"
    )


def _column_clause(column: Column) -> str:
    doc = column.doc.replace("'", "\\'")
    return f"  `{column.name}` {column.sql_type} COMMENT '{doc}'"
