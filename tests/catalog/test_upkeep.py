"""Opening a lake: one without its catalog, or of an earlier version, is refused; missing properties are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyiceberg.catalog import load_catalog

from catalog.commit.tables import table_properties
from catalog.commit.upkeep import look_after, refuse_earlier
from catalog.errors import DamagedLakeError, UsageError
from catalog.lake import open_lake
from catalog.profiles.profile import CATALOG, LocalProfile, local_profile
from catalog.specs import TABLES
from tests.lake_without_spark import customer, make_lake, overwrite, table
from tests.stedi import stedi

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = "trusted.customer_trusted"
VERBS = {
    "init": ["init"],
    "run": ["run", "--landing", "{drop}"],
    "ingest": ["ingest", "--landing", "{drop}"],
    "remake": ["run"],
    "plan": ["plan"],
    "validate": ["validate"],
    "status": ["status"],
    "history": ["history", CUSTOMERS],
    "tag": ["tag", "v1"],
    "query": ["query", f"SELECT count(*) FROM {CUSTOMERS}"],
    "export": ["export", "--to", "{drop}/export"],
    "doctor": ["doctor"],
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalProfile, Path]:
    """A lake whose catalog is lost, and a drop folder."""
    folder = tmp_path_factory.mktemp("lost")
    profile, drop = make_lake(folder / "lake"), folder / "drop"
    overwrite(profile, CUSTOMERS, [customer("a")])
    profile.catalog_file.unlink()
    (drop / "customer" / "landing").mkdir(parents=True)
    (drop / "customer" / "landing" / "one.json").write_text("{}")
    return profile, drop


@pytest.mark.parametrize("verb", VERBS)
def test_where_the_catalog_is_lost_no_verb_makes_or_advises_a_new_lake(
    lost: tuple[LocalProfile, Path], verb: str
) -> None:
    profile, drop = lost
    before = sorted(profile.lake.rglob("*"))
    done = stedi(*(word.format(drop=drop) for word in VERBS[verb]), "--lake", profile.lake)
    told = done.stdout + done.stderr
    assert done.returncode == (2 if verb == "doctor" else 4), told
    assert "that knows them is not" in " ".join(told.split())
    assert "stedi init" not in told
    assert "make one with" not in told
    assert sorted(profile.lake.rglob("*")) == before


@pytest.mark.parametrize("left", ["empty file", "other tables"])
def test_a_catalog_that_lacks_tables_with_rows_is_refused(tmp_path: Path, left: str) -> None:
    profile = make_lake(tmp_path / "lake")
    overwrite(profile, CUSTOMERS, [customer("a")])
    if left == "empty file":
        profile.catalog_file.write_bytes(b"")
    else:
        load_catalog(CATALOG, **profile.pyiceberg_properties()).drop_table(CUSTOMERS)
    for opens in (profile.must_exist, profile.prepare):
        with pytest.raises(DamagedLakeError, match=r"restore catalog\.db"):
            opens()


def test_what_a_killed_init_leaves_is_no_lost_lake(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    load_catalog(CATALOG, **profile.pyiceberg_properties()).drop_table(CUSTOMERS)
    profile.must_exist()
    profile.prepare()
    local_profile(tmp_path / "new").prepare()


def _of_an_earlier_version(profile: LocalProfile) -> None:
    with table(profile, CUSTOMERS).update_schema(allow_incompatible_changes=True) as change:
        change.delete_column("person")
        change.delete_column("device")


@pytest.mark.parametrize("verb", ["plan", "validate"])
def test_a_lake_of_an_earlier_version_gets_one_line(tmp_path: Path, verb: str) -> None:
    profile = make_lake(tmp_path / "lake")
    overwrite(profile, CUSTOMERS, [customer("a")])
    _of_an_earlier_version(profile)
    done = stedi(verb, "--lake", profile.lake)
    assert done.returncode == 2, done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("stedi: ")]
    assert f"earlier version: {CUSTOMERS} lacks person, device" in line
    assert "stedi run --landing DIR --lake NEW" in line


def test_missing_properties_are_set_and_bounds_are_never_kept(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    with table(profile, CUSTOMERS).transaction() as change:
        change.set_properties(
            {"write.metadata.metrics.column.email": "truncate(16)", "write.distribution-mode": "hash"}
        )
    look_after(open_lake(profile))
    for identifier, spec in TABLES.items():
        has, wanted = table(profile, identifier).properties, table_properties(spec)
        kept = {"format-version"} | ({"write.distribution-mode"} if identifier == CUSTOMERS else set())
        assert {key: has.get(key) for key in wanted.keys() - kept} == {key: wanted[key] for key in wanted.keys() - kept}
    assert table(profile, CUSTOMERS).properties["write.distribution-mode"] == "hash"
    before = table(profile, CUSTOMERS).metadata_location
    look_after(open_lake(profile))
    assert table(profile, CUSTOMERS).metadata_location == before


def test_todays_lake_is_of_no_earlier_version(tmp_path: Path) -> None:
    profile = make_lake(tmp_path / "lake")
    refuse_earlier(open_lake(profile))
    _of_an_earlier_version(profile)
    with pytest.raises(UsageError):
        refuse_earlier(open_lake(profile))
