"""Who held a device at an instant: the jobs' SQL and the suites' own, each against the oracle, on random records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.suites.consent import HOLDERS
from jobs.holding import device_holders
from tests.properties.oracle import holder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.properties

_FOREVER = 9_223_372_036_854_775_807
_JOBS = sqlglot.parse_one(device_holders("records"), read="spark").sql("duckdb")
_SUITES = (
    f"WITH {HOLDERS.format(customer_landing='records')} SELECT device, person, from_ms, until_ms FROM holders "
    f"UNION ALL SELECT device, person, 0, {_FOREVER} FROM owners WHERE people = 1"
)
COLUMNS = ("email", "serialNumber", "lastUpdateDate", "registrationDate")
PEOPLE, DEVICES, INSTANTS = "abc", "xyz", range(11)

records = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(PEOPLE),
            "serialNumber": st.sampled_from(DEVICES),
            "lastUpdateDate": st.integers(0, 9),
            # Mostly the same: many register at once, and hold a device together from then on.
            "registrationDate": st.sampled_from([0, 0, 0, 2, 5]),
        }
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TABLE records (person TEXT, device TEXT, lastUpdateDate BIGINT, registrationDate BIGINT)"
        )
        yield opened


@settings(max_examples=300, deadline=None)
@given(landed=records)
@pytest.mark.parametrize("statement", [_JOBS, _SUITES], ids=["jobs", "suites"])
def test_one_person_alone_holds_a_device_at_an_instant(
    engine: duckdb.DuckDBPyConnection, landed: list[dict[str, Any]], statement: str
) -> None:
    engine.execute("DELETE FROM records")
    rows = [[record[name] for name in COLUMNS] for record in landed]
    engine.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
    turns = engine.execute(statement).fetchall()
    for device in DEVICES:
        for time in INSTANTS:
            found = [person for name, person, since, until in turns if name == device and since <= time < until]
            holder = holder_of(landed, device, time)
            assert found == ([] if holder is None else [holder]), (device, time)
