"""A suite that memory or disk does not suffice for: run again, and what is short; the data is not refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from catalog.errors import RetryableError
from catalog.read.duckdb import DuckDBEngine
from expectations.suites.suite import Check, Suite
from expectations.validation.validate import validate

if TYPE_CHECKING:
    from catalog.read.relation_reader import RelationReader

_SPILLED = "SELECT count(*) AS n FROM (SELECT hash(i), count(*) FROM range(4000000) t(i) GROUP BY 1)"
_HELD = "SELECT len(list(i)) AS n FROM range(20000000) t(i)"


@pytest.mark.parametrize(
    ("statement", "setting", "word"),
    [
        (_SPILLED, "SET max_temp_directory_size = '1MB'", "TMPDIR"),
        (_HELD, "SET max_temp_directory_size = '1GB'", "memory did not suffice"),
    ],
    ids=["no room to spill", "cannot be spilled"],
)
def test_what_is_short_is_not_the_data(statement: str, setting: str, word: str) -> None:
    suite = Suite("trusted.customer_trusted", (statement,), (Check("c", "shape", "s", "n"),))
    with DuckDBEngine() as engine:
        engine.fetch("SET memory_limit = '30MB'")
        engine.fetch(setting)
        reader = cast("RelationReader", engine)
        with pytest.raises(RetryableError, match=word) as raised:
            validate(reader, suite, {"customer_trusted": "x"}, run_id="r", snapshot_id=1)
    assert raised.value.exit_code == 3
    assert "nothing is wrong with the data" in str(raised.value)
