"""The Athena DDL in catalog/ddl is valid and equal to the specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp

from catalog.ddl import DDL_TABLES, FOLDER, athena_ddl

if TYPE_CHECKING:
    from catalog.schema.table_spec import TableSpec

_TYPES = {"bigint": "long", "int": "int", "double": "double", "string": "string", "timestamp": "timestamptz"}


@pytest.mark.parametrize("spec", DDL_TABLES, ids=lambda spec: spec.name)
def test_the_file_is_what_the_spec_says(spec: TableSpec) -> None:
    assert (FOLDER / f"{spec.name}.sql").read_text(encoding="utf-8") == athena_ddl(spec)


@pytest.mark.parametrize("spec", DDL_TABLES, ids=lambda spec: spec.name)
def test_athena_reads_the_columns_of_the_spec(spec: TableSpec) -> None:
    text = (FOLDER / f"{spec.name}.sql").read_text(encoding="utf-8")
    statement = sqlglot.parse_one(text, dialect="athena")
    assert isinstance(statement, exp.Create)
    table = statement.find(exp.Table)
    assert table is not None
    assert (table.db, table.name) == (spec.zone, spec.name)
    columns = [
        (column.name, _TYPES[column.args["kind"].sql("hive").lower()]) for column in statement.find_all(exp.ColumnDef)
    ]
    assert columns == [(column.name, column.type) for column in spec.columns]
    assert "'table_type' = 'ICEBERG'" in text
