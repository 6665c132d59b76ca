"""Files as a whole: damaged gzip, other formats, and keys that a file spells in a way of its own."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import zipfile

import pytest

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


def test_gzip_whose_bytes_were_changed_is_read_up_to_there() -> None:
    packed = bytearray(gzip.compress(LINES))
    packed[-6] ^= 1  # in the checksum
    found = reasons(bytes(packed))
    assert found == [None] * 500 + ["corrupt_gzip"]


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
