"""Who agreed and withdrew when: as plain Python tells it after each delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.read.duckdb import DuckDBEngine
from jobs.withdrawal.consents import consent_states
from tests.properties.oracle import is_suspended, newest, person

START = datetime(2026, 1, 1, tzinfo=UTC)
_MOMENT = pa.timestamp("us", "UTC")
_LANDING: dict[str, pa.DataType] = {
    "person": pa.string(),
    "lastUpdateDate": pa.int64(),
    "shareWithResearchAsOfDate": pa.int64(),
    "ingestedAt": _MOMENT,
}
_QUARANTINE: dict[str, pa.DataType] = {
    "people": pa.string(),
    "lastUpdateDate": pa.int64(),
    "rawText": pa.string(),
    "ingestedAt": _MOMENT,
}


@st.composite
def _record(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(["ann", "ben"]))
    record: dict[str, Any] = {
        "customerName": name,
        "email": f"{name}@example.test",
        "phone": "1",
        "birthDay": "1990-01-01",
        "serialNumber": "d",
        "registrationDate": 1,
        "lastUpdateDate": draw(st.integers(1, 5)),
    }
    if since := draw(st.sampled_from([0, 0, 10, 20, 30])):
        record["shareWithResearchAsOfDate"] = since
    if not draw(st.integers(0, 4)):
        del record[draw(st.sampled_from(["phone", "lastUpdateDate"]))]
    return record


def _is_refused(record: dict[str, Any]) -> bool:
    return not ("phone" in record and "lastUpdateDate" in record)


def _expected(deliveries: list[list[dict[str, Any]]]) -> dict[tuple[str, int], tuple[int | None, bool]]:
    """Since when each person agrees, and whether they are suspended, after each delivery that names them."""
    found = {}
    for arrival in range(len(deliveries)):
        for who in {person(record["email"]) for record in deliveries[arrival]}:
            known = deliveries[: arrival + 1]
            landed = [record for records in known for record in records if not _is_refused(record)]
            suspended = is_suspended(known, who)
            mine = [record for record in landed if person(record["email"]) == who]
            agrees = mine and not suspended
            found[who, arrival] = (
                newest(landed, who).get("shareWithResearchAsOfDate") if agrees else None,
                suspended,
            )
    return found


@given(st.lists(st.lists(_record(), max_size=4), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_consent_after_each_arrival(deliveries: list[list[dict[str, Any]]]) -> None:
    landed, refused = [], []
    for arrival, records in enumerate(deliveries):
        for number, record in enumerate(records):
            at = {"ingestedAt": START + timedelta(days=arrival), "person": person(record["email"])}
            if _is_refused(record):
                refused.append(record | at | {"people": at["person"], "rawText": f"{arrival} {number}"})
            else:
                landed.append(record | at)
    with DuckDBEngine() as engine:
        relations = [
            engine.load_arrow(name, pa.Table.from_pylist(rows, pa.schema(schema)))
            for name, rows, schema in (("landed", landed, _LANDING), ("refused", refused, _QUARANTINE))
        ]
        states = engine.fetch(
            f"SELECT person, arrived, since, suspended, before FROM ({consent_states(*relations)}) ORDER BY arrived"
        )
    assert {(who, (at - START).days): (since, suspended) for who, at, since, suspended, _ in states} == _expected(
        deliveries
    )
    last: dict[str, int | None] = {}
    for who, _, since, _, before in states:
        assert before == last.get(who)
        last[who] = since
