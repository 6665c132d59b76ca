"""What the pages show of a run: the state of every table, from its document and those of earlier runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.schema.table_spec import Zone
from catalog.specs import TABLES
from expectations.increment.names import what_it_takes
from expectations.reporting.flow import Flow, flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from expectations.reporting.document import Document

_NOT_RUN, _NOT_PUBLISHED, _AUDITED = "not run", "not published", "audited"


@dataclass(frozen=True)
class TableView:
    """A table as of a run.

    Attributes:
        identifier: ``zone.table``.
        outcome: published, unchanged, refused, not published (for what was judged with it was refused), audited (judged
            as it was published, by a run that made nothing), or not run.
        rows: rows of it: those that readers see, of a refused table those that they do not; None: no run made it yet.
        how: how this run made it and why so; empty where that is not said.
        verdict: this run's verdict on it, or else that on what readers see, as in the document; None: the history at
            hand has none.
        judged_by: the run of that verdict.
        inputs: the tables that it is made from, and their rows.
        flow: what became of the rows that came in, where its suite counted it; in the part that was judged.
    """

    identifier: str
    outcome: str
    rows: int | None
    how: str
    verdict: Document | None
    judged_by: str | None
    inputs: tuple[tuple[str, int | None], ...]
    flow: Flow | None

    @property
    def judged(self) -> int | None:
        """Rows that were validated, if not all: an increment is validated on what is new or affected."""
        rows: int | None = self.verdict["facts"].get("rows") if self.verdict else None
        return None if rows == self.rows else rows

    @property
    def zone(self) -> str:
        """The zone that it is in."""
        return self.identifier.split(".", maxsplit=1)[0]

    @property
    def name(self) -> str:
        """Its name within the zone."""
        return self.identifier.split(".", maxsplit=1)[1]

    @property
    def doc(self) -> str:
        """What a row is."""
        return TABLES[self.identifier].doc if self.identifier in TABLES else ""

    @property
    def results(self) -> list[dict[str, Any]]:
        """Its expectations: those that hold it back first, then warnings."""
        results: list[dict[str, Any]] = self.verdict["results"] if self.verdict else []
        return sorted(results, key=lambda result: (not refuses(result), bool(result["success"])))

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The expectations that hold it back."""
        return [result for result in self.results if refuses(result)]

    @property
    def warned(self) -> list[dict[str, Any]]:
        """The failed expectations that are warnings."""
        return [result for result in self.results if not result["success"] and not refuses(result)]

    @property
    def state(self) -> str:
        """Good, bad or unknown: the last verdict, and a refusal above all."""
        if self.outcome == "refused" or self.failed:
            return "bad"
        return "good" if self.verdict else "unknown"


@dataclass(frozen=True)
class ZoneView:
    """The tables of one zone as of a run."""

    name: str
    tables: tuple[TableView, ...]

    @property
    def state(self) -> str:
        """The worst of its tables'."""
        states = {table.state for table in self.tables}
        return next(state for state in ("bad", "unknown", "good") if state in states)


def zones(history: Sequence[Document]) -> list[ZoneView]:
    """Every zone as of the last run of the history (oldest first)."""
    tables = table_views(history)
    by_zone = [(str(zone), tuple(table for table in tables if table.zone == zone)) for zone in Zone]
    return [ZoneView(name, members) for name, members in by_zone if members]


def table_views(history: Sequence[Document]) -> list[TableView]:
    """Every table as of the last run of the history, in the order of the specs."""
    run = history[-1]
    seen: dict[str, int | None] = {}
    verdicts: dict[str, tuple[str, Document]] = {}
    for document in history:
        published = {table["table"]: table["rows"] for table in document["tables"] if table["outcome"] != "refused"}
        seen |= published
        # A verdict on what was refused before tells nothing of what readers see.
        verdicts |= {
            verdict["table"]: (document["run"], verdict)
            for verdict in document["verdicts"]
            if document is run or verdict["table"] in published
        }
    outcomes = {table["table"]: table for table in run["tables"]}
    lineage = run.get("lineage", {})
    known = {*seen, *verdicts, *outcomes, *lineage, *(source for sources in lineage.values() for source in sources)}
    order = [name for name in TABLES if name in known] + sorted(known - TABLES.keys())
    views = []
    for name in order:
        judged_by, verdict = verdicts.get(name, (None, None))
        left = _NOT_PUBLISHED if judged_by == run["run"] else _NOT_RUN
        done = outcomes.get(name, {"outcome": left, "rows": seen.get(name)})
        if not outcomes and verdict is not None and judged_by == run["run"]:
            done = _audited(verdict)
        inputs = tuple((source, seen.get(source)) for source in lineage.get(name, ()))
        # The inputs' rows tell something only of a verdict on the whole table, and only of this run's.
        whole = verdict is not None and judged_by == run["run"] and verdict["facts"].get("rows") == done["rows"]
        known_inputs = dict(inputs) if whole else {}
        flowed = flow(name, verdict["facts"], known_inputs) if verdict else None
        how = done.get("how", "")
        views.append(TableView(name, done["outcome"], done["rows"], how, verdict, judged_by, inputs, flowed))
    return views


def _audited(verdict: Document) -> Document:
    left_out = verdict.get("leftOut", ())
    takes = [f"{name} takes {what_it_takes(name)}" for name in left_out]
    how = f"not judged: {', '.join(takes)}" if takes else ""
    return {"outcome": _AUDITED, "rows": verdict["facts"].get("rows"), "how": how}


def counts(document: Document) -> dict[str, int]:
    """Counts of a run: tables by outcome, expectations evaluated, failed and warned about, and seconds."""
    results = [result for verdict in document["verdicts"] for result in verdict["results"]]
    outcomes = [table["outcome"] for table in document["tables"]]
    return {
        **{outcome: outcomes.count(outcome) for outcome in ("published", "unchanged", "refused")},
        "expectations": len(results),
        "failed": sum(refuses(result) for result in results),
        "warned": sum(not result["success"] and not refuses(result) for result in results),
        "seconds": round((_time(document["ended"]) - _time(document["started"])).total_seconds()),
    }


def refuses(result: Document) -> bool:
    """Whether a result holds its table back; older documents have no warnings."""
    warning = result.get("severity") == "warning" and not result["error"]
    return not result["success"] and not warning


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
