"""The quality zone: verdicts, so that SQL can ask about their history."""

from __future__ import annotations

from catalog.schema.table_spec import Column, TableSpec, Zone

VALIDATION_RESULT = TableSpec(
    zone=Zone.QUALITY,
    name="validation_result",
    doc="One row for each expectation evaluated, per run and table.",
    columns=(
        Column("runId", "string", "the run that evaluated it", required=True),
        Column("tableName", "string", "zone.table that was judged", required=True),
        Column("snapshotId", "long", "the judged snapshot of that table; null: it had none"),
        Column("expectation", "string", "name of the expectation within its suite", required=True),
        Column(
            "severity", "string", "critical: it holds the table back; warning: for people to look at", required=True
        ),
        Column("promise", "string", "the promise that the expectation guards", required=True),
        Column("sentence", "string", "the expectation in plain words", required=True),
        Column("success", "boolean", "whether it held", required=True),
        Column("observed", "string", "what was observed, as JSON; never personal data", required=True),
        Column("evaluatedAt", "timestamptz", "when it was evaluated, UTC", required=True),
    ),
    grain=("runId", "tableName", "expectation"),
)
