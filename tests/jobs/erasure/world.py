"""A small lake in which one person left traces of every kind, and two others who must keep theirs."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.history.tags import tag_lake
from catalog.lake import Lake, open_lake
from catalog.profiles.profile import LocalProfile, local_profile
from catalog.specs import TABLES
from catalog.training.export import ExportFormat, export
from catalog.training.split import parse_shares
from jobs.cli import main
from jobs.erasure.erase import begin_erasure, finish_erasure
from jobs.run.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ANN, BEN, CLEO = "ann.berg@example.test", "ben.clay@example.test", "cleo.dunn@example.test"
ANNS_DEVICE, BENS_DEVICE, SHARED = "ANN-DEVICE-0001", "BEN-DEVICE-0002", "SHARED-DEVICE-03"
ANNS_PHONE = "8015550001"
START, DAY = 1_704_067_200_000, 86_400_000
VALUES = (ANN, ANN.title(), ANNS_DEVICE, ANNS_PHONE, "Ann Bergstrom")
Record = dict[str, Any]


def customer(email: str, name: str, device: str, day: int, consent: int | None = 0, **more: Any) -> Record:
    phone = ANNS_PHONE if email.lower() == ANN else "8015550009"
    record = {
        "customerName": name,
        "email": email,
        "phone": phone,
        "birthDay": "1990-01-01",
        "serialNumber": device,
        "registrationDate": START,
        "lastUpdateDate": START + day * DAY,
    }
    return record | ({} if consent is None else {"shareWithResearchAsOfDate": START + consent * DAY}) | more


def motion(user: str, day: int, x: float = 1.0) -> Record:
    return {"user": user, "timestamp": START + day * DAY, "x": x, "y": 0.5, "z": 0.25}


def step(device: str, day: int) -> Record:
    return {"sensorReadingTime": START + day * DAY, "serialNumber": device, "distanceFromObject": 10 + day}


def _put(drop: Path, source: str, name: str, text: str | bytes) -> None:
    folder = drop / source / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def _lines(records: Sequence[Record]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def deliver_first(drop: Path) -> None:
    people = [
        customer(ANN.title(), "Ann Bergstrom", ANNS_DEVICE, 1),
        customer(BEN, "Ben Clayton", BENS_DEVICE, 1, contactEmail=ANN, note="a friend"),
        customer(CLEO, "Cleo Dunnhill", SHARED, 1),
    ]
    _put(drop, "customer", "a.json", json.dumps(people))
    broken = json.dumps(customer(ANN, "Ann Bergstrom", ANNS_DEVICE, 2))[:-20]
    both = json.dumps(customer(BEN, "Ben Clayton", BENS_DEVICE, 2, guardian=ANN) | {"lastUpdateDate": "soon"})
    _put(drop, "customer", "b.json", f"{both}\n{broken}\n")
    days = range(2, 12)
    _put(drop, "accelerometer", f"of {ANN}.json", _lines([motion(ANN, day) for day in days]))
    others = [motion(each, day) for day in days for each in (ANN, BEN, CLEO)]
    _put(drop, "accelerometer", "all.json.gz", gzip.compress(_lines(others).encode()))
    steps = [step(device, day) for day in days for device in (ANNS_DEVICE, BENS_DEVICE, SHARED)]
    _put(drop, "step_trainer", "s.json", "".join(json.dumps(each) for each in steps))


def deliver_second(drop: Path) -> None:
    """Ann has the shared device from day 5 on, and Cleo another; Ben says again what was broken."""
    people = [
        customer(ANN, "Ann Bergstrom", SHARED, 5),
        customer(CLEO, "Cleo Dunnhill", "CLEO-DEVICE-004", 5),
        customer(BEN, "Ben Clayton", BENS_DEVICE, 6),
    ]
    _put(drop, "customer", "c.json", _lines(people))
    _put(drop, "accelerometer", "more.json", _lines([motion(each, 12, 2.0) for each in (ANN, BEN, CLEO)]))


@dataclass(frozen=True)
class World:
    """Folders of a lake, its drop folder and an export, and copies of them as they were before anything was erased."""

    folder: Path

    @property
    def profile(self) -> LocalProfile:
        return local_profile(self.folder / "now" / "lake")

    @property
    def lake(self) -> Lake:
        return open_lake(self.profile)

    @property
    def drop(self) -> Path:
        return self.folder / "now" / "drop"

    @property
    def key(self) -> bytes:
        return bytes.fromhex(os.environ["STEDI_PSEUDONYM_KEY"])

    def restore(self) -> None:
        """As it was: paths in metadata are absolute, so it stands where it stood."""
        shutil.rmtree(self.folder / "now", ignore_errors=True)
        shutil.copytree(self.folder / "before", self.folder / "now")

    def erase(self, *people: str) -> dict[str, Any]:
        lake = self.lake
        journal = begin_erasure(lake, people or [ANN], self.key, {"named": str(self.drop)})
        return finish_erasure(lake, journal, self.key, Stages())

    def run(self, *arguments: str) -> None:
        main(["run", "--lake", str(self.profile.lake), "--output", "json", *arguments])

    def customers(self) -> set[str]:
        """Everybody of whom a record is landed."""
        rows = self.lake.table(TABLES["landing.customer_landing"]).scan().to_arrow()
        return set(map(str, rows["person"].to_pylist()))

    def rows(self) -> dict[tuple[str, int], list[dict[str, Any]]]:
        """The rows of every snapshot of every table, by table and snapshot."""
        lake = self.lake
        return {
            (name, snapshot.snapshot_id): lake.table(spec).scan(snapshot_id=snapshot.snapshot_id).to_arrow().to_pylist()
            for name, spec in TABLES.items()
            for snapshot in lake.table(spec).metadata.snapshots
        }


def make_world(folder: Path) -> World:
    world = World(folder)
    deliver_first(world.drop)
    world.run("--landing", str(world.drop), "--accept-refused")
    tag_lake(world.profile, "first", 30)
    deliver_second(world.drop)
    world.run("--landing", str(world.drop))
    export(world.profile, "first", folder / "now" / "export", ExportFormat.PARQUET, parse_shares("80/10/10"))
    shutil.copytree(folder / "now", folder / "before")
    return world
