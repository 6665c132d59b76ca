"""A lake that is restored from a backup answers when everybody who was erased since is erased from it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.errors import DamagedLakeError
from catalog.lake import open_lake
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES
from jobs.cli import main
from tests.jobs.erasure.world import ANN, BEN, CLEO, World, make_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("replayed"))


def test_who_was_erased_since_the_backup_is_erased_again(world: World, tmp_path: Path) -> None:
    main(["backup", "--to", str(tmp_path / "backup"), "--lake", str(world.profile.lake)])
    world.erase()
    where = ["--lake", str(tmp_path / "restored")]
    main(["restore", "--from", str(tmp_path / "backup"), "--erasures", str(world.profile.lake / "privacy"), *where])
    restored = local_profile(tmp_path / "restored")
    with pytest.raises(DamagedLakeError, match="stedi privacy replay"):
        open_lake(restored)
    main(["privacy", "replay", "--no-landing", *where])
    lake = open_lake(restored)
    customers = lake.table(TABLES["landing.customer_landing"])
    for snapshot in customers.metadata.snapshots:
        people = set(customers.scan(snapshot_id=snapshot.snapshot_id).to_arrow()["person"].to_pylist())
        assert people <= {BEN, CLEO}
    held = [path for path in restored.lake.rglob("*") if path.is_file() and ANN.encode() in path.read_bytes()]
    assert held == []
