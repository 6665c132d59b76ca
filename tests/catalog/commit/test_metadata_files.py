"""Metadata files do not pile up: each names every snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.commit.upkeep import look_after
from catalog.lake import open_lake
from catalog.profiles.profile import local_profile
from tests.lake import seed
from tests.lake_without_spark import append, customer, make_lake
from tests.maintained import LANDING, customers, opened

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = "trusted.customer_trusted"


def _metadata_files(folder: Path, identifier: str) -> int:
    return len(list((folder / "warehouse").joinpath(*identifier.split("."), "metadata").glob("*.metadata.json")))


def test_of_a_new_table_few_stay(tmp_path: Path) -> None:
    lake = opened(local_profile(tmp_path))
    for person in "abcdefg":
        seed(lake, LANDING, customers(person))
    assert _metadata_files(tmp_path, LANDING.identifier) == 6


def test_those_of_an_earlier_lake_go(tmp_path: Path) -> None:
    profile = make_lake(tmp_path)
    for person in "abcdefgh":
        append(profile, CUSTOMERS, [customer(person)])
    assert _metadata_files(tmp_path, CUSTOMERS) == 9
    look_after(open_lake(profile))
    append(profile, CUSTOMERS, [customer("i")])
    assert _metadata_files(tmp_path, CUSTOMERS) == 6
