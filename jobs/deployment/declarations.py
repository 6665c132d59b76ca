"""``terraform/lineage.auto.tfvars.json``: tables, jobs and Spark's settings as Terraform's variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.engine.session import SETTINGS
from catalog.profiles.glue import aws_profile
from catalog.profiles.settings import Settings
from catalog.specs import TABLES
from jobs.deployment.access import lineage_scripts, upkeep_scripts

if TYPE_CHECKING:
    from catalog.schema.table_spec import TableSpec
    from jobs.deployment.access import Script


def variables() -> dict[str, Any]:
    """Values of the variables ``tables``, ``jobs`` and ``spark_conf`` of terraform/variables.tf."""
    return {
        "jobs": {script.name: _job(script) for script in (*lineage_scripts(), *upkeep_scripts())},
        "spark_conf": spark_conf(),
        "tables": {identifier: _table(spec) for identifier, spec in TABLES.items()},
    }


def spark_conf() -> dict[str, str]:
    """Settings of a Glue job's session, as the aws profile has them; Terraform fills in ``{…}``."""
    settings = Settings(region="{region}", warehouse_bucket="{warehouse_bucket}")
    return dict(sorted((SETTINGS | aws_profile(settings).spark_conf()).items()))


def _job(script: Script) -> dict[str, Any]:
    return {
        "creates_tables": script.creates_tables,
        "deletes": script.deletes,
        "doc": script.doc,
        "erases": script.erases,
        "reads": list(script.reads),
        "reads_drop": script.reads_drop,
        "writes": list(script.writes),
    }


def _table(spec: TableSpec) -> dict[str, Any]:
    return {
        "doc": spec.doc,
        "name": spec.name,
        # Glue keeps column names in lower case, and Lake Formation's filters name them so.
        "personal_columns": [name.lower() for name in spec.personal_columns],
        "retention_days": spec.retention_days,
        "zone": str(spec.zone),
    }
