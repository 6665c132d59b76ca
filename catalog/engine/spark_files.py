"""Rows of snapshots, and of what snapshots added and took away, as Spark reads them.

The latter are read file by file: Iceberg's own incremental reading passes over snapshots that did more than append, and
over what was taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from catalog.errors import DamagedLakeError
from catalog.profiles.profile import CATALOG
from catalog.storage.checksums import check_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from catalog.read.scan_plan import Plan

_FIELD_ID = "parquet.field.id"


def no_rows(spark: SparkSession, schema: Schema) -> DataFrame:
    """No rows of these columns."""
    return spark.createDataFrame([], _columns(schema))


def snapshot_rows(spark: SparkSession, table: Table, snapshot_id: int) -> DataFrame:
    """The rows of a snapshot, with Iceberg's columns ``_file`` and ``_pos`` besides.

    A snapshot is part of the relation's name: Spark takes relations of one name for the same, cached rows and
    subqueries that it merges among them, whatever ``VERSION AS OF`` says.
    """
    if urlsplit(table.metadata_location).scheme in {"", "file"}:
        check_snapshot(table, snapshot_id)
        # Not by the catalog: a second session's connections to SQLite keep others from writing.
        reader = spark.read.format("iceberg").option("snapshot-id", str(snapshot_id))
        return reader.load(table.metadata_location)
    return spark.table(f"{'.'.join((CATALOG, *table.name()))}.snapshot_id_{snapshot_id}")


def check_snapshot(table: Table, snapshot_id: int) -> None:
    """See that all files that a snapshot reads are as they were written: Spark verifies pages, and nothing around them.

    Raises:
        DamagedFileError: one is not.
    """
    tasks = list(table.scan(snapshot_id=snapshot_id).plan_files())
    check_files(file.file_path for task in tasks for file in (task.file, *task.delete_files))


def appended_rows(spark: SparkSession, schema: Schema, plan: Plan) -> DataFrame:
    """All rows of the plan's data files.

    Args:
        spark: a session with ``spark.sql.parquet.fieldId.read.enabled``.
        schema: the columns.
        plan: the files.
    """
    return _read(spark, schema, [file.file_path for file in plan.files]).select(*_names(schema))


def removed_rows(spark: SparkSession, schema: Schema, plan: Plan) -> DataFrame:
    """All rows of the plan's data files, and those that its delete files name; arguments as of ``appended_rows``."""
    whole = appended_rows(spark, schema, plan)
    if not plan.deletes:
        return whole
    deleted = _parquet(spark, "file_path string, pos bigint", plan.deletes)
    locations = [row.file_path for row in deleted.select("file_path").distinct().collect()]
    if len({_name(location) for location in locations}) < len(locations):
        raise DamagedLakeError("two data files of a table have one name; no writer of ours makes such")
    # By their names alone: Spark writes paths in its own way.
    marked = deleted.selectExpr("substring_index(file_path, '/', -1) AS `_name`", "pos AS `_place`").distinct()
    rows = _read(spark, schema, locations).select(*_names(schema), "_metadata.file_name", "_metadata.row_index")
    rows = rows.withColumnsRenamed({"file_name": "_name", "row_index": "_place"})
    return rows.join(marked, ["_name", "_place"], "left_semi").select(*_names(schema)).unionAll(whole)


def _names(schema: Schema) -> list[str]:
    return [f"`{field.name}`" for field in schema.fields]


def _name(location: str) -> str:
    return location.rpartition("/")[2]


def _read(spark: SparkSession, schema: Schema, locations: Sequence[str]) -> DataFrame:
    return _parquet(spark, _columns(schema), locations) if locations else no_rows(spark, schema)


def _columns(schema: Schema) -> StructType:
    from pyspark.sql import types

    spark_types: dict[str, types.DataType] = {
        "string": types.StringType(),
        "long": types.LongType(),
        "int": types.IntegerType(),
        "double": types.DoubleType(),
        "boolean": types.BooleanType(),
        "timestamptz": types.TimestampType(),
    }
    return types.StructType(
        [
            types.StructField(each.name, spark_types[str(each.field_type)], metadata={_FIELD_ID: each.field_id})
            for each in schema.fields
        ]
    )


def _parquet(spark: SparkSession, schema: StructType | str, locations: Sequence[str]) -> DataFrame:
    """Files alone: the names of the folders that they are in are no columns, and hold no patterns."""
    check_files(locations)
    escaped = ("".join(f"\\{sign}" if sign in "\\{}[]*?" else sign for sign in location) for location in locations)
    return spark.read.schema(schema).option("recursiveFileLookup", "true").parquet(*escaped)
