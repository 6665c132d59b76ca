"""Files as a whole: damaged gzip, other formats, and keys that a file spells in a way of its own."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import zipfile
import zlib
from typing import Any

import pytest

from jobs.reader.contents import Gunzip
from tests.jobs.reader.file_rows import CUSTOMER, READING, customer, encoded, file_rows, reasons, refused

LINES = "".join(f"{READING.replace('44103', str(44103 + number))}\n" for number in range(500)).encode()


def test_what_can_be_read_of_a_gzip_file_that_is_cut_short_lands() -> None:
    packed = gzip.compress(LINES)
    for cut in (len(packed) // 2, len(packed) - 9, len(packed) - 4):
        found = reasons(packed[:cut])
        assert found[-1] == "truncated_gzip"
        assert found[:-1] == [None] * (len(found) - 1)
        assert len(found) > 200
    assert reasons(packed[:cut]).count(None) == 500
    assert reasons(packed[:5]) == ["truncated_gzip"]


def test_the_record_in_which_a_file_breaks_off_names_its_person() -> None:
    packed = gzip.compress(
        CUSTOMER.replace('"phone":', f'"n":"{hashlib.sha512(b"x").hexdigest() * 3}","phone":').encode()
    )
    [row] = file_rows(packed[:-60], "customer")
    assert (row["reason"], row["people"]) == ("truncated_gzip", "n@b.test")
    [row] = file_rows(gzip.compress(CUSTOMER.encode())[:20], "customer")
    assert (row["reason"], row["people"]) == ("truncated_gzip", None)


@pytest.mark.parametrize("place", [-6, -2, 10])  # in the checksum, in the length, in the mark of the last block
def test_nothing_lands_of_gzip_whose_bytes_were_changed(place: int) -> None:
    packed = bytearray(gzip.compress(LINES))
    packed[place] ^= 1
    found = reasons(bytes(packed))
    assert set(found) == {"corrupt_gzip"}
    assert len(found) == 501
    # Members before the damaged one are no more to be trusted: a changed byte may have made one of them.
    assert set(reasons(gzip.compress(LINES) + bytes(packed))) == {"corrupt_gzip"}


def test_gzip_that_holds_far_more_than_its_size_is_not_read_to_its_end() -> None:
    """Of 600 MB in a file of 600 kB no more is made than the few that are always read."""
    packed = gzip.compress(LINES) + gzip.compress(b"[" * 1024 * 1024, 9) * 600
    assert len(packed) < 1_000_000
    opened, made = Gunzip(io.BytesIO(packed)), 0
    while data := opened.read(1024 * 1024):
        made += len(data)
    assert made < 10 * 1024 * 1024
    assert opened.damage is not None
    assert (opened.damage.reason, opened.damage.spoils) == ("overlong_gzip", True)


def test_gzip_that_compresses_well_is_read() -> None:
    assert reasons(gzip.compress(LINES * 100)) == [None] * 50_000


def test_whole_gzip_that_seems_cut_short_is_damaged() -> None:
    """Where a changed bit hides a member's end, the checksum is read as contents, and never compared."""
    data = LINES + b" " * ((0xD8 - len(LINES)) % 256)
    squeezed = zlib.compressobj(wbits=-15)
    body = squeezed.compress(data) + squeezed.flush(zlib.Z_SYNC_FLUSH)
    # A block of 10,000 bytes seems to begin in the checksum.
    packed = gzip.compress(b"")[:10] + body + b"\x00\x10\x27\xef" + len(data).to_bytes(4, "little")
    assert set(reasons(packed)) == {"corrupt_gzip"}
    assert reasons(packed[:-8]) == [None] * 500 + ["truncated_gzip"]


def test_who_is_named_in_damaged_gzip_is_named() -> None:
    packed = bytearray(gzip.compress(f"{CUSTOMER}\n{customer(email='o@b.test')}\n".encode()))
    packed[-6] ^= 1
    rows = file_rows(bytes(packed), "customer")
    assert [(row["reason"], row["people"]) for row in rows] == [
        ("corrupt_gzip", "n@b.test"),
        ("corrupt_gzip", "o@b.test"),
        ("corrupt_gzip", None),
    ]
    # An address may be one of the changed bytes' making.
    assert [row["isRecognised"] for row in rows] == [False] * 3
    assert [row["lastUpdateDate"] for row in rows] == [1655564376361, 1655564376361, None]


def test_no_changed_bit_of_a_gzip_file_lands_what_nobody_sent() -> None:
    records = [customer(email=f"{name}@b.test", shareWithResearchAsOfDate=1655564376361) for name in "opq"]
    data = "\n".join(records).encode()
    sent = [_said(row) for row in file_rows(data, "customer")]
    packed = gzip.compress(data, mtime=0)
    for bit in range(8 * len(packed)):
        changed = bytearray(packed)
        changed[bit // 8] ^= 1 << bit % 8
        assert all(_said(row) in sent for row in file_rows(bytes(changed), "customer") if not row["reason"])


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "recordNumber"}


def test_what_follows_gzip_members() -> None:
    packed = gzip.compress(LINES)
    assert reasons(packed + packed) == [None] * 1000
    assert reasons(packed + b"\0" * 600_000) == [None] * 500
    assert reasons(packed + b"\0\0" + packed) == [None] * 1000
    rows = file_rows(gzip.compress(CUSTOMER.encode()) + b"\n" + CUSTOMER.encode(), "customer")
    assert [(row["reason"], row["people"]) for row in rows] == [(None, None), ("not_gzip", "n@b.test")]


def _zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", data)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (bz2.compress(READING.encode()), "bzip2"),
        (_zip(READING.encode()), "a zip archive"),
        (READING.encode("utf-16"), "UTF-16"),
        (READING.encode("utf-16-le"), "UTF-16"),
        (READING.encode("utf-16-be"), "UTF-16"),
        (b"<html></html>", "XML or HTML"),
    ],
)
def test_other_formats_are_named(data: bytes, looks_like: str) -> None:
    rows = [row for row in file_rows(data) if row["reason"]]
    assert any(row["detail"].endswith(f"it looks like {looks_like}") for row in rows)


def test_a_file_is_read_by_its_own_spelling_of_a_key() -> None:
    spelt = READING.replace("timestamp", "timeStamp")
    for data in (f"{spelt}\n{spelt}\n", spelt * 2, f"[{spelt},\n{spelt}]", f"{spelt[:20]}\n{spelt}\n{spelt}"):
        rows = [row for row in file_rows(encoded(data)) if not row["reason"]]
        assert [(row["timestamp"], row["extraFields"]) for row in rows] == [(1655564444103, None)] * 2
    [row] = file_rows(
        encoded(CUSTOMER.replace("email", "E-Mail").replace("lastUpdateDate", "last_update_date")), "customer"
    )
    assert (row["reason"], row["person"], row["lastUpdateDate"]) == (None, "n@b.test", 1655564376361)


@pytest.mark.parametrize("key", ["timestamp", "timeStamp"])
@pytest.mark.parametrize("layout", ["{0}\n{0}\n", "{0}{0}", "[{0},\r\n{0}]", "{0}\r{0}"])
def test_a_carriage_return_is_a_blank(key: str, layout: str) -> None:
    text = READING.replace("timestamp", key)
    for blank in (text.replace(",", ",\r"), text.replace(":", ":\r"), text.replace("{", "{\r").replace("}", "\r}")):
        rows = file_rows(layout.format(blank).encode())
        assert [(row["reason"], row["timestamp"], row["extraFields"]) for row in rows] == [
            (None, 1655564444103, None)
        ] * 2


def test_a_spelling_of_some_records_is_refused() -> None:
    spelt = READING.replace("timestamp", "timeStamp")
    for data in (f"{spelt}\n{READING}\n", f"{READING}\n{spelt}\n", f"{READING}{spelt}"):
        rows = file_rows(encoded(data))
        assert sorted(str(row["detail"]) for row in rows) == ["None", "timestamp is spelt timeStamp"]
    assert reasons(f"{spelt}\n{spelt.replace('timeStamp', 'time_stamp')}") == ["misspelt_key"] * 2


@pytest.mark.parametrize(
    ("text", "source", "detail"),
    [
        (
            READING.replace("}", ',"timeStamp":1655564444103}'),
            "accelerometer",
            "timestamp is spelt timeStamp, beside itself",
        ),
        (customer(Email="o@b.test"), "customer", "email is spelt Email, beside itself"),
        *(
            (customer(**{key: 1655564376361}), "customer", f"{name} is spelt {key}")
            for name, key in (
                ("shareWithResearchAsOfDate", "ShareWithResearchAsOfDate"),
                ("shareWithResearchAsOfDate", "share_with_research_as_of_date"),
                ("shareWithResearchAsOfDate", "shareWithReserchAsOfDate"),
                ("shareWithResearchAsOfDate", "shareWithResearchAsOfDates"),
                ("shareWithPublicAsOfDate", "sharewithpublicasofdate"),
            )
        ),
    ],
)
def test_keys_that_are_nearly_declared_ones(text: str, source: str, detail: str) -> None:
    row = refused(text, source)
    assert (row["reason"], row["detail"]) == ("misspelt_key", detail)


def test_other_keys_are_kept_as_they_are() -> None:
    [row] = file_rows(encoded(customer(share="x", registration="y", agreedOn=1, username="z")), "customer")
    assert json.loads(row["extraFields"]) == {"share": "x", "registration": "y", "agreedOn": 1, "username": "z"}
