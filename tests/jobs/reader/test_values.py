"""Values: who and which device they say, what is accepted, and what a refused one looks like."""

from __future__ import annotations

import math

import pytest

from jobs.reader.fast import read_block
from tests.jobs.reader.file_rows import ARRIVED, READING, STEP, customer, encoded, file_rows, refused

DAY = 24 * 3_600_000


@pytest.mark.parametrize(
    ("email", "person"),
    [
        ("n@b.test", "n@b.test"),
        ("N@B.Test", "n@b.test"),
        ("  n@b.test\t".replace("\t", "\\t"), "n@b.test"),
        ("n@b.test\u200b", "n@b.test"),
        ("\u00a0n@b.test\ufeff", "n@b.test"),
        ("jose\u0301@b.test", "jos\u00e9@b.test"),
        ("NIKO\u03a3@b.test", "niko\u03c3@b.test"),
        ("niko\u03c2@b.test", "niko\u03c3@b.test"),
        ("o'b.r+x@b-c.test", "o'b.r+x@b-c.test"),
        ("n@b\u00fccher.test", "n@b\u00fccher.test"),
        ("n@\u0928\u093f.test", "n@\u0928\u093f.test"),
    ],
)
def test_a_person_is_a_normalised_address(email: str, person: str) -> None:
    [row] = file_rows(encoded(READING.replace("a@b.test", email)))
    assert (row["reason"], row["person"], row["user"]) == (None, person, email.replace("\\t", "\t"))
    [row] = file_rows(encoded(customer(email=email.replace("\\t", "\t"), serialNumber=" SN 1")), "customer")
    assert (row["person"], row["device"], row["serialNumber"]) == (person, "sn1", " SN 1")


def test_a_device_is_a_serial_number_without_case_and_blanks() -> None:
    texts = [STEP, STEP.replace('"s"', '"S"'), STEP.replace('"s"', '" s\u200b"')]
    assert [row["device"] for row in file_rows(encoded("\n".join(texts)), "step_trainer")] == ["s"] * 3


@pytest.mark.parametrize(
    "user", ["a\u200b@b.test", "a@b\u00a0.test", "a@b.t\\u0007est", "a\u2028@b.test", "a\u3164@b.test"]
)
def test_an_address_with_something_invisible_inside_is_refused(user: str) -> None:
    row = refused(READING.replace("a@b.test", user), "accelerometer")
    assert row["reason"] == "invisible_character"


@pytest.mark.parametrize(
    "user",
    [f"{before}a@b.test" for before in ("mailto:", "<", "(", "'", ".", "x,", "x;", "[", "a@")]
    + [f"a@b.test{behind}" for behind in (".", ",", ";", ">", ")", "'", "!", "?x=1", "/", "\u2026", "\u3002")]
    + [
        "a.@b.test",
        "a'@b.test",
        "a\\\\@b.test",
        'a\\"@b.test',
        "a@b..test",
        "a@.test",
        "a@test",
        "a@b_c.test",
        "@b.test",
    ],
)
@pytest.mark.parametrize("more", ["", ',"other":1'])
def test_an_address_with_something_around_it_is_refused_by_both_readings(user: str, more: str) -> None:
    text = READING.replace("a@b.test", user)
    assert read_block(encoded(text), "accelerometer", (), ARRIVED) is None
    assert refused(text.replace("}", more + "}"), "accelerometer")["reason"] == "email_shape"


@pytest.mark.parametrize("blank", ["", " ", "\\t", "\u200b", "\u00a0\ufeff"])
def test_a_blank_identity_is_missing(blank: str) -> None:
    for text, source in ((READING, "accelerometer"), (STEP, "step_trainer")):
        written = text.replace("a@b.test", blank).replace('"s"', f'"{blank}"')
        assert refused(written, source)["reason"] == "missing_field"


def test_whole_numbers_are_texts_of_digits() -> None:
    for phone in (8015551212, 8015551212.0):
        [row] = file_rows(encoded(customer(phone=phone)), "customer")
        assert (row["reason"], row["phone"]) == (None, "8015551212")
    assert refused(customer(customerName=7))["reason"] == "wrong_type"
    wrong: tuple[object, ...] = (True, -1, 1.5, 1e300, [1])
    for value in wrong:
        assert refused(customer(phone=value))["reason"] == "wrong_type"


@pytest.mark.parametrize("zero", ["0", "-0", "-0.0", '"-0"', "-0e5"])
@pytest.mark.parametrize("end", ["}", ',"extra":1}'])
def test_zero_has_one_value(zero: str, end: str) -> None:
    [row] = file_rows(encoded(READING.replace("1.0", zero, 1).replace("}", end)))
    assert math.copysign(1, row["x"]) == 1.0


@pytest.mark.parametrize("written", ["9" * 5000, "-" + "9" * 5000, "9" * 400, '"1e999"'])
def test_numbers_that_are_too_large_are_refused(written: str) -> None:
    good_and_bad = f"{READING}\n{READING.replace('1.0', written, 1)}\n{READING}"
    assert [row["reason"] for row in file_rows(encoded(good_and_bad))] == [None, "not_finite", None]
    extra = READING.replace("}", f',"e":[{"9" * 5000}]}}')
    assert refused(extra, "accelerometer")["reason"] == "not_finite"


@pytest.mark.parametrize(
    ("written", "looks_like"),
    [
        ("1655564444", "seconds"),
        ("1655564444103000", "microseconds"),
        ("1655564444103000000", "nanoseconds"),
        ('"2026-02-20T08:36:35"', "an ISO time"),
        ('"2026-02-20 08:36:35.123Z"', "an ISO time"),
    ],
)
def test_a_refused_time_says_what_it_looks_like(written: str, looks_like: str) -> None:
    row = refused(READING.replace("1655564444103", written), "accelerometer")
    assert row["detail"].endswith(f": it looks like {looks_like}")


def test_a_record_is_not_from_the_future() -> None:
    [row] = file_rows(encoded(customer(lastUpdateDate=ARRIVED + DAY)), "customer")
    assert row["reason"] is None
    row = refused(customer(lastUpdateDate=ARRIVED + DAY + 1))
    assert (row["reason"], row["lastUpdateDate"], row["people"]) == ("in_the_future", None, "n@b.test")
    later = ARRIVED + 400 * DAY
    [row] = file_rows(encoded(customer(shareWithResearchAsOfDate=later, registrationDate=later)), "customer")
    assert (row["reason"], row["shareWithResearchAsOfDate"]) == (None, later)


def test_ordinary_files_are_read_fast() -> None:
    for text, source in ((READING, "accelerometer"), (STEP, "step_trainer"), (customer(), "customer")):
        for each in (text, text.replace("a@b.test", "A@b.test"), text.replace('"s"', '"S N"')):
            assert read_block(encoded(f"{each}\n{each}\n"), source, (), ARRIVED) is not None
