"""A lake of other people has none of somebody's; one thing of theirs is found wherever it is, and named."""

from __future__ import annotations

import base64
import gzip
import hashlib
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from catalog.commit.arrow_files import arrow_files
from catalog.commit.tables import create_tables
from catalog.errors import RetryableError, TerminalError
from catalog.lake import Lake, connect_catalog
from catalog.privacy import control, iceberg_parts, needles, parquet_parts, parts, scan
from catalog.privacy.finding import Finding, Place, PlaceKind, State
from catalog.privacy.needles import Needles
from catalog.privacy.proof import prove
from catalog.profiles.profile import local_profile
from catalog.specs import TABLES, table
from catalog.storage.files import LocalStorage
from catalog.storage.reachable import reachable_files
from tests.lake import rows_of, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from catalog.privacy.part import Part

EMAIL, LONG = "ann@x.org", "ann.of.the.north@example.org"
SERIAL, PSEUDONYM = "1e7e4a6b-serial-of-ann", hashlib.sha256(b"keyed").hexdigest()
VALUES = {"email": [EMAIL, LONG], "serial": [SERIAL], "pseudonym": [PSEUDONYM]}
OTHERS = ("joann@x.org", "ann@x.organic", "mary.ann@x.org", "ann.of.the.north@example.com")
CUSTOMERS, READINGS, QUARANTINE = (
    table(f"landing.{name}") for name in ("customer_landing", "accelerometer_landing", "quarantine")
)
PLACES = ("lake", "drop", "export", "report", "temporary")


class Lived:
    """A lake, and the folders beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        profile = local_profile(folder / "lake")
        profile.prepare()
        self.lake = Lake(profile, connect_catalog(profile))

    def prove(self, reached: Container[str] | None = None) -> list[Finding]:
        kinds = dict(zip(PLACES, PlaceKind, strict=True))
        places = [Place(str(self.folder / name), kind) for name, kind in kinds.items()]
        found = prove(LocalStorage(), places, Needles(VALUES, OTHERS.__contains__), reached)
        assert found.files > 20
        assert found.files == len([each for each in self.folder.rglob("*") if each.is_file()])
        return list(found.findings)

    def write(self, name: str, data: bytes | str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A lake of other people, some of whose addresses hold Ann's."""
    lived = Lived(tmp_path_factory.mktemp("lived"))
    create_tables(lived.lake)
    records = [{"email": one, "person": one, "sourceFile": f"customer/{one}.json"} for one in OTHERS]
    seed(lived.lake, CUSTOMERS, records)
    seed(lived.lake, READINGS, [{"user": one, "person": one} for one in OTHERS])
    for person in OTHERS:
        lived.write(f"drop/customer/landing/{person[:3]}.json", f'{{"email": "{person}"}}\n')
    for name in PLACES[2:]:
        lived.write(f"{name}/page.html", f"<html>{OTHERS[0]}")
    shutil.copytree(lived.folder, lived.folder.with_name("kept"))
    return lived


@pytest.fixture
def lived(pristine: Lived) -> Iterator[Lived]:
    """The lake, which is put back after each test: its metadata hold its address."""
    yield Lived(pristine.folder)
    shutil.rmtree(pristine.folder)
    shutil.copytree(pristine.folder.with_name("kept"), pristine.folder)


def _tag(lived: Lived) -> None:
    target = lived.lake.table(CUSTOMERS)
    snapshot = target.metadata.current_snapshot_id
    assert snapshot
    target.manage_snapshots().create_tag(snapshot, f"before_{EMAIL}").commit()


def _branch(lived: Lived) -> None:
    target = lived.lake.table(CUSTOMERS)
    snapshot = target.metadata.current_snapshot_id
    assert snapshot
    target.manage_snapshots().create_branch(snapshot, EMAIL).commit()


def _failed_commit(lived: Lived) -> None:
    list(arrow_files(lived.lake, CUSTOMERS).write_rows(_filled(email=EMAIL)))


def _filled(**values: Any) -> list[dict[str, Any]]:
    return rows_of(CUSTOMERS, [values]).to_pylist()


def _bound(value: str) -> Callable[[Lived], None]:
    """A table that was made without the property of metrics, whose data file is gone already."""

    def plant(lived: Lived) -> None:
        made = lived.lake.catalog.create_table("landing.older", Schema(NestedField(1, "text", StringType())))
        made.append(pa.table({"text": [value]}))
        for file in Path(lived.folder, "lake/warehouse/landing/older/data").iterdir():
            file.unlink()

    return plant


def _summary(lived: Lived) -> None:
    lived.lake.table(READINGS).append(rows_of(READINGS, [{}]), snapshot_properties={"note": f"asked by {EMAIL}"})


def _property(lived: Lived) -> None:
    with lived.lake.table(READINGS).transaction() as change:
        change.set_properties({"owner": EMAIL.upper()})


def _quarantine(lived: Lived) -> None:
    seed(lived.lake, QUARANTINE, [{"rawText": r'{"user": "ann\u0040x.org", \xff'}])


def _extra_fields(lived: Lived) -> None:
    seed(lived.lake, READINGS, [{"extraFields": f'{{"contact":"{EMAIL}"}}'}])


def _free_page(lived: Lived) -> None:
    with closing(sqlite3.connect(lived.folder / "lake" / "catalog.db")) as catalog:
        catalog.execute("PRAGMA secure_delete = OFF")
        catalog.execute("CREATE TABLE gone AS SELECT ? AS email", (EMAIL,))
        catalog.execute("DROP TABLE gone")
        catalog.commit()


def _log(lived: Lived) -> None:
    """A writer that died left its log."""
    catalog = lived.folder / "temporary" / "other.db"
    connection = sqlite3.connect(catalog)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE people AS SELECT ? AS email", (EMAIL,))
    connection.commit()
    log = catalog.with_name("other.db-wal").read_bytes()
    connection.close()
    catalog.unlink()
    lived.write("temporary/other.db-wal", log)


def _parquet(table_: pa.Table, **settings: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table_, sink, **settings)
    return bytes(sink.getvalue())


def _csv(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, sink)
    return bytes(sink.getvalue())


def _written(name: str, data: bytes | str) -> Callable[[Lived], None]:
    return lambda lived: lived.write(name, data)


def _link(lived: Lived) -> None:
    (lived.folder / "export" / "latest").symlink_to("/tmp")  # noqa: S108 - it leads out, wherever


ROWS = pa.table({"user": [EMAIL], "pseudonym": [PSEUDONYM]})
DELETES = pa.table({"file_path": ["file:///f.parquet"], "pos": [1], "row": [{"serialNumber": SERIAL}]})
DATA = "lake/warehouse/landing/customer_landing/data"
L, D, E, R, T = PlaceKind
LEAKS: dict[str, tuple[Callable[[Lived], None], str, PlaceKind, str]] = {
    "tag": (_tag, "tag name", L, "email in plain"),
    "branch": (_branch, "branch name", L, "email in plain"),
    "failed commit": (_failed_commit, "rows, column email", L, "email in plain"),
    "manifest bound": (_bound(EMAIL), "manifest bound", L, "email in plain"),
    "truncated manifest bound": (_bound(LONG), "manifest bound", L, "email truncated"),
    "metadata summary": (_summary, "snapshot summary", L, "email in plain"),
    "table property": (_property, "table property", L, "email in plain"),
    "quarantine text": (_quarantine, "rows, column rawText", L, "email in plain"),
    "extraFields": (_extra_fields, "rows, column extraFields", L, "email in plain"),
    "delete file": (_written(f"{DATA}/d.parquet", _parquet(DELETES)), "deleted rows, column row", L, "serial in plain"),
    "free page": (_free_page, "SQLite pages", L, "email in plain"),
    "log of the catalog": (_log, "SQLite log", T, "email in plain"),
    "file name": (_written(f"drop/customer/landing/{EMAIL}.json", "{}"), "file name", D, "email in plain"),
    "folder name": (lambda lived: (lived.folder / "drop" / EMAIL).mkdir(), "folder name", D, "email in plain"),
    "old drop file": (_written("drop/customer/landing/1.json", f'{{"email":"{EMAIL}"}}'), "JSON", D, "email in plain"),
    "gzip drop": (_written("drop/1.json.gz", gzip.compress(EMAIL.encode())), "text in an archive", D, "email in plain"),
    "export": (_written("export/1.parquet", _parquet(ROWS)), "rows, column pseudonym", E, "pseudonym in plain"),
    "export, CSV": (_written("export/part.csv", _csv(ROWS)), "text", E, "pseudonym in plain"),
    "report": (_written("report/run/index.html", f"<html><td>{SERIAL}</td>"), "HTML", R, "serial in plain"),
    "report, JSON": (_written("report/run/facts.json", f'["{SERIAL}"]'), "JSON", R, "serial in plain"),
    "temporary folder": (_written("temporary/spill", b"\0\xff" + EMAIL.encode()), "bytes", T, "email in plain"),
    "base64": (_written("drop/1", base64.b64encode(b'{"user":"ann@x.org"}')), "text", D, "email in base64"),
    "upper case": (_written("drop/1", "ANN@X.ORG"), "text", D, "email in plain"),
    "hash": (_written("drop/1", hashlib.md5(EMAIL.encode()).hexdigest()), "text", D, "email as a hash"),  # noqa: S324
}  # fmt: skip


def test_a_lake_without_the_person_has_no_finding(lived: Lived) -> None:
    assert lived.prove() == []


@pytest.mark.parametrize(("plant", "kind", "place", "value"), LEAKS.values(), ids=LEAKS)
def test_a_leak_is_found_and_named(
    lived: Lived, plant: Callable[[Lived], None], kind: str, place: PlaceKind, value: str
) -> None:
    plant(lived)
    found = lived.prove()
    assert [each for each in found if each.kind == kind and each.place is place and value in each.values], found
    assert len({each.place for each in found}) == 1
    assert {kind} >= {each.kind for each in found} & {"JSON", "text"}, "the closest name of what holds it is enough"
    told = " ".join(map(str, found)).lower()
    assert not [each for values in VALUES.values() for each in values if each[:8] in told], told


def test_a_failed_commits_file_is_an_orphan_and_a_tables_is_not(lived: Lived) -> None:
    _failed_commit(lived)
    seed(lived.lake, READINGS, [{"user": EMAIL}])
    reached = {each for spec in TABLES.values() for each in reachable_files(lived.lake.table(spec))}
    states = {each.kind: each.state for each in lived.prove(reached) if each.kind.startswith("rows")}
    assert states == {"rows, column email": State.ORPHAN, "rows, column user": State.CURRENT}
    assert "no table reaches it" in str(next(each for each in lived.prove(reached) if each.state is State.ORPHAN))


BROKEN = {
    "Parquet": _parquet(ROWS)[:-20],
    "Parquet, encrypted": b"PARE" + bytes(20),
    "gzip": gzip.compress(b"{}" * 99)[:-9],
    "gzip, and more behind": gzip.compress(b"{}") + b"more",
    "Avro": b"Obj\x01" + bytes(20),
    "SQLite": b"SQLite format 3\0" + bytes(100),
    "noise": secrets.token_bytes(5000),
    "zip": b"PK\x03\x04" + bytes(20),
    "archives in archives": gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"{}"))))),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_a_finding(lived: Lived, data: bytes) -> None:
    lived.write("drop/1", data)
    [found] = lived.prove()
    assert (found.kind, found.values, found.place) == ("unreadable", (), PlaceKind.DROP)


def test_a_manifest_that_ends_early_is_unreadable(lived: Lived) -> None:
    manifest = min(lived.folder.rglob("*-m0.avro"))
    for cut in (1, 16, 17, 40):
        with pytest.raises(ValueError, match="ends within a block"):
            list(parts.parts(manifest.read_bytes()[:-cut]))
    lived.write("drop/1", manifest.read_bytes()[:-17])
    assert [each.kind for each in lived.prove()] == ["unreadable"]


def test_text_with_broken_bytes_is_text(lived: Lived) -> None:
    lived.write("drop/1", "joann@x.org Zoë".encode("cp1252"))
    assert lived.prove() == []
    lived.write("drop/1", "ann@x.org Zoë".encode("cp1252"))
    assert [each.kind for each in lived.prove()] == ["text"]


def test_a_link_that_leads_out_is_a_finding_and_one_within_is_not(lived: Lived) -> None:
    (lived.folder / "export" / "within").symlink_to(lived.folder / "drop")
    assert lived.prove() == []
    _link(lived)
    assert [each.kind for each in lived.prove()] == ["link"]


def test_a_file_that_nobody_may_read_is_a_finding(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object, file: Any) -> bytes:
        if file.location.endswith("page.html"):
            raise PermissionError
        return b""

    monkeypatch.setattr(LocalStorage, "read", refuse)
    monkeypatch.setattr(control, "_planted", lambda _: [])
    assert {each.kind for each in lived.prove()} == {"unreadable"}


def test_files_that_come_meanwhile_are_searched_and_must_come_to_an_end(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, count = scan._listed, [0]

    def one_more(*arguments: Any) -> Any:
        listed = list(genuine(*arguments))
        count[0] += 1
        if count[0] > 2 and (count[0] == 3 or lived.folder.joinpath("drop/endless").exists()):
            lived.write(f"drop/{count[0]}", EMAIL)
        return listed

    monkeypatch.setattr(scan, "_listed", one_more)
    needles_ = Needles(VALUES)
    places = [Place(str(lived.folder / "drop"), PlaceKind.DROP)]
    control.require_control(needles_)
    count[0] = 2
    assert len(scan.scan(LocalStorage(), places, needles_).findings) == 2  # one more person's address holds Ann's
    lived.write("drop/endless", "-")
    with pytest.raises(RetryableError, match="go on changing"):
        scan.scan(LocalStorage(), places, needles_)


DECODERS: dict[str, tuple[object, str, Callable[..., Any], str]] = {
    "Avro": (parts, "avro_parts", lambda _: iter(()), "manifest bound"),
    "Parquet": (parquet_parts, "_columns", lambda *_: iter(()), "rows, column user"),
    "Parquet's statistics": (parquet_parts, "_about", lambda _: iter(()), "statistics"),
    "page headers": (parquet_parts, "_between", lambda *_: iter(()), "bytes between parts"),
    "metadata": (parts, "metadata_parts", lambda _: iter(()), "tag name"),
    "pages": (parts, "sqlite_parts", lambda _: iter(()), "SQLite pages"),
    "escapes": (scan, "views", lambda data: iter([data]), "HTML"),
    "base64": (needles, "_base64_of", lambda *_: iter(()), "base64"),
    "truncations": (Needles, "_is_truncated", lambda *_: False, "truncated"),
    "names": (scan, "_in_name", lambda *_: {}, "file name"),
    "tables' strings": (iceberg_parts, "_texts", lambda _: iter(()), "snapshot summary"),
    "archives": (parts, "_is_text", lambda _: False, "JSON in an archive"),
}


@pytest.mark.parametrize(("module", "name", "broken", "missed"), DECODERS.values(), ids=DECODERS)
def test_a_scan_that_cannot_find_proves_nothing(
    lived: Lived, monkeypatch: pytest.MonkeyPatch, module: object, name: str, broken: Callable[..., Any], missed: str
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(TerminalError, match="proof is refused") as refused:
        lived.prove()
    assert missed in str(refused.value)


def test_a_decoder_that_fails_is_no_proof_either(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> Iterator[Part]:
        raise ValueError

    monkeypatch.setattr(parts, "avro_parts", fail)
    with pytest.raises(TerminalError, match="manifest bound"):
        lived.prove()
