"""Engines beside each other read a file once between them, and know nothing of each other's relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import psutil
import pyarrow as pa
import pytest
from pyarrow import parquet

from catalog.read.duckdb import DuckDBEngine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.parquet"
    parquet.write_table(pa.table({"x": pa.array(np.random.default_rng(1).random(500_000))}), path)
    assert path.stat().st_size > 4_000_000
    return path


def _bytes_read(engine: DuckDBEngine, file: Path) -> int:
    process = psutil.Process()
    before = process.io_counters().read_chars
    engine.fetch(f"SELECT sum(x) FROM read_parquet('{file}')")
    return process.io_counters().read_chars - before


def test_a_file_is_read_once(file: Path) -> None:
    with DuckDBEngine() as engine, DuckDBEngine(beside=engine) as beside:
        assert _bytes_read(engine, file) > 4_000_000
        assert _bytes_read(engine, file) < 500_000
        assert _bytes_read(beside, file) < 500_000
    with DuckDBEngine() as other:
        assert _bytes_read(other, file) > 4_000_000


def test_relations_are_each_ones_own() -> None:
    with DuckDBEngine() as engine:
        with DuckDBEngine(beside=engine) as beside:
            names = [each.create_temp_table("rows", f"SELECT {n} AS n") for n, each in enumerate((engine, beside), 1)]
            assert names[0] == names[1]
            assert (engine.fetch("FROM rows"), beside.fetch("FROM rows")) == ([(1,)], [(2,)])
            engine.load_arrow("held", pa.table({"n": [3]}))
            with pytest.raises(duckdb.CatalogException, match="held"):
                beside.fetch("FROM held")
            assert beside.fetch("SELECT timestamp_millis(0) = TIMESTAMPTZ '1970-01-01 00:00:00+00'") == [(True,)]
        assert engine.fetch("FROM rows") == [(1,)]
