"""What pyiceberg says of a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.commit.tables import create_tables
from catalog.errors import UsageError
from catalog.history.status import has_all_tables
from catalog.lake import open_lake
from catalog.profiles.profile import LocalProfile
from tests.lake import emptied

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lake import Lake


def test_a_table_that_is_missing_is_missed(lake: Lake) -> None:
    emptied(lake)
    assert has_all_tables(lake)
    lake.catalog.drop_table("quality.validation_result")
    assert not has_all_tables(lake)
    assert create_tables(lake) == ["quality.validation_result"]
    assert has_all_tables(lake)


def test_where_no_lake_is_none_is_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no lake"):
        open_lake(LocalProfile(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()
