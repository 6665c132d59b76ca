"""One bench for all tests of a process: each begins by restoring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.bench import make_bench

if TYPE_CHECKING:
    from tests.faults.bench import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A lake that a delivery is about to come to."""
    return make_bench(tmp_path_factory.mktemp("bench"))
