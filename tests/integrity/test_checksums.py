"""Checksums: every writer writes them, other readers pass over them, and who reads verifies them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import clear_manifest_cache
from pyiceberg.table import StaticTable

from catalog.backup.relocate import move_positions
from catalog.commit.arrow_files import ArrowFiles
from catalog.errors import DamagedFileError, DamagedLakeError, MissingFileError
from catalog.lake import connect_catalog
from catalog.machine.aws_errors import classify_error
from catalog.schema.types import arrow_schema
from catalog.specs import TABLES
from catalog.storage.checksums import check_file, check_files, checksum_in, named_by, sha256
from catalog.storage.files import local_path
from catalog.storage.sealed import check_contents, is_sealed, seal, unseal
from tests.lake import rows_of
from tests.lake_without_spark import append, customer, make_lake, table

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile

NAME = "trusted.customer_trusted"


def _written(folder: Path) -> Path:
    """A file of many pages, as the table's writer writes it."""
    spec = TABLES["landing.customer_landing"]
    files = ArrowFiles(f"file://{folder}/", arrow_schema(spec), {})
    rows = rows_of(spec, [{"email": f"{number}@x.test", "lastUpdateDate": number} for number in range(500)])
    [written] = files.write(iter(rows.to_batches()))
    return local_path(written.location)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return _written(tmp_path)


def _flip(path: Path, byte: int) -> None:
    data = bytearray(path.read_bytes())
    data[byte] ^= 16
    path.write_bytes(data)


def test_the_name_says_what_the_file_holds(file: Path) -> None:
    assert checksum_in(str(file)) == sha256(file)
    check_file(f"file://{file}")
    again = named_by(file.name, "0" * 64)
    assert again.endswith(f"-{'0' * 64}.parquet")
    assert len(again) == len(file.name)


@pytest.mark.parametrize("where", [5, 0.1, 0.5, -3])
def test_a_file_that_is_not_what_its_name_says_is_damaged_also_after_it_was_checked(file: Path, where: float) -> None:
    check_file(f"file://{file}")
    _flip(file, int(where * file.stat().st_size) if isinstance(where, float) else where)
    with pytest.raises(DamagedFileError, match=file.name):
        check_files([f"file://{file}", "s3://somewhere/else.parquet"])
    file.unlink()
    with pytest.raises(MissingFileError, match=file.name) as told:
        check_file(str(file))
    assert isinstance(told.value, FileNotFoundError)


def _in_last_page(footer: Any) -> int:
    """A byte of the last page of the second column."""
    column = footer.row_group(0).column(1)
    return int((column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 2)


def _of_spark(file: Path) -> Path:
    """The same rows in a file that says that Spark wrote it: of another writer, with checksums of pages."""
    other = file.with_name("part-0.parquet")
    data = file.read_bytes()
    said = b"parquet-cpp-arrow"
    assert data.count(said) == 1
    other.write_bytes(data.replace(said, b"parquet-mr".ljust(len(said))))
    return other


def test_pages_of_other_writers_are_verified(file: Path) -> None:
    other = _of_spark(file)
    check_file(str(other))
    _flip(other, _in_last_page(pq.read_metadata(other)))
    with pytest.raises(DamagedFileError, match=r"part-0\.parquet is damaged: Parquet's own"):
        check_file(str(other))
    other.write_bytes(other.read_bytes()[:-100])
    with pytest.raises(DamagedFileError, match=r"part-0\.parquet is damaged"):
        check_file(str(other))


def test_every_writer_writes_checksums_of_pages(file: Path) -> None:
    deletes = pa.table({"file_path": ["a"] * 5000, "pos": list(range(5000))})
    sink = pa.BufferOutputStream()
    pq.write_table(deletes, sink)
    moved = move_positions(sink.getvalue().to_pybytes(), str)
    for data in (file.read_bytes(), moved):
        harmed = bytearray(data)
        harmed[_in_last_page(pq.read_metadata(pa.BufferReader(data)))] ^= 1
        with pytest.raises(OSError, match="page integrity") as told:
            pq.read_table(pa.BufferReader(harmed), page_checksum_verification=True)
        assert isinstance(classify_error(told.value), DamagedLakeError)


@pytest.fixture
def lake(tmp_path: Path) -> LocalProfile:
    profile = make_lake(tmp_path / "lake")
    append(profile, NAME, [customer("ann"), customer("ben")])
    return profile


def test_metadata_carries_its_checksum_and_others_read_it(lake: LocalProfile) -> None:
    made = table(lake, NAME)
    folder = Path(made.location().removeprefix("file://")) / "metadata"
    assert all(is_sealed(path.read_bytes()) for path in folder.iterdir())
    clear_manifest_cache()
    other = StaticTable.from_metadata(made.metadata_location, {"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"})
    assert type(other.io) is PyArrowFileIO
    assert other.scan().to_arrow().num_rows == 2


def test_metadata_without_a_checksum_is_read_and_named_where_it_is_damaged(lake: LocalProfile) -> None:
    """That of lakes that an earlier version made, and of other writers."""
    made = table(lake, NAME)
    files = list((Path(made.location().removeprefix("file://")) / "metadata").iterdir())
    for path in files:
        path.write_bytes(unseal(path.read_bytes(), path.name))
    clear_manifest_cache()
    assert table(lake, NAME).scan().to_arrow().num_rows == 2
    for path in files:
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        clear_manifest_cache()
        if str(path) == local_path(made.metadata_location).as_posix() or path.suffix == ".avro":
            with pytest.raises(DamagedFileError, match=path.name):
                table(lake, NAME).scan().to_arrow()
        path.write_bytes(data)


@given(st.sampled_from([b"Obj\x01", b'{"', b"{ \n "]), st.binary(min_size=1, max_size=300), st.data())
def test_a_seal_opens_to_what_was_sealed_and_to_nothing_else(begin: bytes, rest: bytes, data: Any) -> None:
    original = begin + (b"x" if begin.startswith(b"{") else b"") + rest
    sealed = seal(original, "folder/one.json")
    assert unseal(sealed, "elsewhere/one.json") == original
    check_contents(sealed, "one.json")
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    harmed = bytearray(sealed)
    harmed[place // 8] ^= 1 << place % 8
    # A bit of what says that there is a checksum: the file is then read as one that has none.
    if is_sealed(bytes(harmed)):
        with pytest.raises(DamagedFileError, match=r"one\.json is damaged"):
            unseal(bytes(harmed), "folder/one.json")
    with pytest.raises(DamagedFileError):
        unseal(sealed, "folder/other.json")


def test_catalogs_use_files_that_are_checked(lake: LocalProfile) -> None:
    catalog = connect_catalog(lake)
    assert type(catalog.load_table(NAME).io).__name__ == "CheckedFileIO"
    shutil.rmtree(Path(table(lake, NAME).location().removeprefix("file://")) / "metadata")
    with pytest.raises(MissingFileError, match="is missing"):
        catalog.load_table(NAME)
