"""Whom a refused customer record names, however its text is broken, and how old it is."""

from __future__ import annotations

import json

import pytest

from jobs.reader import people
from jobs.reader.people import Mentions
from tests.jobs.reader.file_rows import ARRIVED, CUSTOMER, customer, file_rows, refused

UPDATED = 1655564376361


@pytest.mark.parametrize(
    "text",
    [
        customer(phone=None),
        customer(shareWithResearchAsOfDate=0),
        customer(shareWithResearchAsOfDate=""),
        customer(shareWithResearchAsOfDate=False),
        customer(shareWithResearchAsOfDate=-1),
        customer(shareWithResearchAsOfDate="null"),
        customer(shareWithResearchAsOfDate=[]),
        customer(shareWithResearchAsOfDate=UPDATED // 1000),
        customer(customerName="Jos\udce9"),
        CUSTOMER[:-1],
        CUSTOMER.replace("@", "\\u0040").replace("1}", "1,}"),
        CUSTOMER.replace("@", "%40").replace("1}", "1,}"),
        CUSTOMER.replace("n@b.test", "n@b\\/.test").replace("\\/", "").replace('"1"', "1,,"),
        CUSTOMER.replace("n@b.test", "N@B.test").replace('"1"', "null"),
        CUSTOMER.replace("n@b.test", "\u200bn\u200b@b.te\u00adst"),
        CUSTOMER.replace("n@b.test", "n\u00a0@b.test"),
        CUSTOMER.replace("n@b.test", "n\\u0007@b.test"),
        CUSTOMER.replace('"email":', '"email":"n@b.test","email":'),
        f'{{"op":"delete","before":{CUSTOMER},}}',
        f'{{"op":"delete","before":{json.dumps(CUSTOMER)},}}',
        f'{{"op":"delete","before":{json.dumps(json.dumps(CUSTOMER))},}}',
        CUSTOMER.encode("utf-16"),
        CUSTOMER.encode("utf-16-be"),
    ],
)
def test_a_refused_customer_record_names_its_person_and_date(text: str | bytes) -> None:
    row = refused(text)
    assert row["people"] == "n@b.test"
    assert row["lastUpdateDate"] == UPDATED
    assert row["person"] is row["device"] is row["email"] is None


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("jos\udce9@b.test", "jos\u00e9@b.test"),
        ("Jose\u0301@b.test", "jos\u00e9@b.test"),
        ("o'brien@b.test", "brien@b.test o'brien@b.test"),
        ("\\ud83d\\ude00@b.test", "\U0001f600@b.test"),
        ("nobody", None),
    ],
)
def test_other_ways_of_writing_an_address(written: str, person: str | None) -> None:
    assert refused(CUSTOMER.replace("n@b.test", written).replace('"1"', "null"))["people"] == person


@pytest.mark.parametrize(
    "text",
    [
        CUSTOMER.replace('"n@b.test"', "n@b.test"),
        CUSTOMER.replace('"email":"n@b.test"', "'Email' : 'n@b.test'"),
        CUSTOMER.replace('"1"', '"<n@b.test>"').replace("birthDay", "birth"),
        CUSTOMER.encode("utf-16-le")[:-1],
    ],
)
def test_rather_one_too_many_is_named(text: str | bytes) -> None:
    assert "n@b.test" in refused(text)["people"].split(" ")


def test_all_whom_a_text_names_are_named_once_and_in_order() -> None:
    row = refused(CUSTOMER.replace('"1"', '"see b@b.test a@b.test N@b.test .'))
    assert row["people"] == "a@b.test b@b.test n@b.test"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f'"{UPDATED}"', UPDATED),
        (f"{UPDATED}.0", UPDATED),
        ("null", None),
        (str(UPDATED)[:-2], None),
        (str(UPDATED // 1000), None),
        (str(ARRIVED + 24 * 3_600_000), ARRIVED + 24 * 3_600_000),
        (str(ARRIVED + 24 * 3_600_000 + 1), None),
    ],
)
@pytest.mark.parametrize("break_off", [False, True])
def test_the_newest_plausible_date_is_read(written: str, read: int | None, break_off: bool) -> None:
    text = f'{{"phone":null,"email":"n@b.test","lastUpdateDate":{written}'
    if not break_off or read is None or written == str(UPDATED):
        text += "}"
    assert refused(text)["lastUpdateDate"] == read


@pytest.mark.parametrize("source", ["accelerometer", "step_trainer"])
@pytest.mark.parametrize(
    ("text", "person", "recognised"),
    [
        (CUSTOMER, "n@b.test", True),
        (CUSTOMER[:-1], "n@b.test", True),
        (CUSTOMER.replace("email", "E-Mail"), "n@b.test", True),
        (CUSTOMER.replace('"email"', "email")[:-1], "n@b.test", False),
        ('{"shareWithReserchAsOfDate":1,"by":"n@b.test","lastUpdateDate":1655564376361}', "n@b.test", False),
        ('{"x":{"last_update_date":1655564376361},"by":"n@b.test"}', "n@b.test", False),
        (CUSTOMER.replace("n@b.test", "nobody"), None, False),
    ],
)
def test_a_withdrawal_in_the_wrong_folder_names_its_person(
    source: str, text: str, person: str | None, recognised: bool
) -> None:
    row = refused(text, source)
    assert (row["people"], row["lastUpdateDate"], row["isRecognised"]) == (person, UPDATED, recognised)


@pytest.mark.parametrize("source", ["accelerometer", "step_trainer"])
@pytest.mark.parametrize("text", ['{"user":"n@email.test"}', '{"user":"n@b.test', '"n@b.test 1655564376361"', "{}"])
def test_other_records_of_other_sources_name_nobody(source: str, text: str) -> None:
    row = refused(text, source)
    assert row["people"] is row["lastUpdateDate"] is row["isRecognised"] is None


def test_an_oversized_withdrawal_in_the_wrong_folder_names_its_person() -> None:
    row = refused(CUSTOMER.replace("{", f'{{"pad":"{"p" * (3 << 20)}",'), "accelerometer")
    assert (row["people"], row["lastUpdateDate"], row["isRecognised"]) == ("n@b.test", UPDATED, False)


BY_ANOTHER = CUSTOMER.replace("{", '{"updatedBy":"crm@b.test",')


@pytest.mark.parametrize(
    ("text", "recognised"),
    [
        (customer(phone=None), True),
        (customer(phone=None, email=" N@b.test\u00a0"), True),
        (customer(phone=None, customerName="Jos\udce9"), True),
        (CUSTOMER.replace("email", "E-Mail").replace('"1"', "null"), True),
        (CUSTOMER[:-1], True),
        (CUSTOMER.replace("email", "EMAIL")[:-1], True),
        (CUSTOMER.replace("@", "\\u0040")[:-1], True),
        ('{"email":"n@b.test"', True),
        (CUSTOMER.replace("@b.test", "@freemail.test")[:-1], True),
        (BY_ANOTHER.replace("n@b.test", "nobody"), False),
        (BY_ANOTHER.replace('"n@b.test"', "null"), False),
        (BY_ANOTHER.replace('"n@b.test"', "n@b.test"), False),
        (BY_ANOTHER[: BY_ANOTHER.index("n@b") + 5], False),
        (BY_ANOTHER.replace("n@b", "Jos\udce9@b"), False),
        (BY_ANOTHER.replace("n@b", "Jos\udce9@b")[:-1], False),
        (BY_ANOTHER.replace("n@b", "J\ufffds@b")[:-1], False),
        (BY_ANOTHER.replace("n@b", "n\uff20b"), False),
        (BY_ANOTHER.replace('"email"', '"mail"'), False),
        (BY_ANOTHER[:-1].replace('"N N"', '"N "N"'), False),
        (CUSTOMER.replace('"phone"', '"email":"o@b.test","phone"'), False),
        (CUSTOMER.replace('"phone"', '"Email":"o@b.test","phone"'), False),
        (CUSTOMER.replace('"phone"', '"Email":"o@b.test","phone"')[:-1], False),
        (f'{{"op":"delete","before":{CUSTOMER},}}', False),
        (f'{{"op":"delete","before":{CUSTOMER}}}', False),
        ('{"note":"x, "email":"n@b.test"', False),
        ('"N N;n@b.test;1"', False),
        (CUSTOMER.replace('"', "'"), False),
        (CUSTOMER.encode("utf-16"), False),
        (CUSTOMER.replace("{", f'{{"pad":"{"p" * (1 << 20)}",'), False),
        (CUSTOMER.replace("}", f',"pad":"{"p" * (1 << 20)}"}}'), False),
    ],
)
def test_who_is_recognised_is_who_owns_the_address(text: str | bytes, recognised: bool) -> None:
    assert refused(text)["isRecognised"] is recognised


def test_accepted_records_have_no_such_verdict() -> None:
    [row] = file_rows(CUSTOMER.encode(), "customer")
    assert row["reason"] is row["isRecognised"] is None


@pytest.mark.parametrize(
    "written",
    [
        "mailto:n@b.test", "<n@b.test>", "N<n@b.test>", "n@b.test.", "n@b.test,", "n@b.test;", "'n@b.test'",
        "(n@b.test)", "[n@b.test]", ".n@b.test", "n@b.test\u201d", "n@b.test\u2026", "\\\"n@b.test\\\"",
        "n\uff20b.test", "n\ufe6bb.test", "n (at) b.test", "n[AT]b.test", "n@b.test!",
    ],
)  # fmt: skip
def test_an_address_with_something_around_it_is_refused_and_its_person_named(written: str) -> None:
    row = refused(CUSTOMER.replace("n@b.test", written))
    assert (row["reason"], row["isRecognised"]) == ("email_shape", False)
    assert "n@b.test" in row["people"].split(" ")


def test_all_of_an_oversized_record_is_looked_at() -> None:
    padding = "p" * (3 << 20)
    [row] = file_rows(CUSTOMER.replace("{", f'{{"a":"x@b.test","pad":"{padding}",').encode(), "customer")
    assert row["reason"] == "oversized"
    assert (row["people"], row["lastUpdateDate"]) == ("n@b.test x@b.test", UPDATED)
    broken = CUSTOMER.replace("{", f'{{"pad":"{padding}",').replace("}", "\n" * (3 << 20) + ',"e":"y@b.test"')
    assert refused(broken)["people"] == "n@b.test y@b.test"


def test_a_name_between_two_looks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in range(1, 40):
        monkeypatch.setattr(people, "_AT_ONCE", size)
        mentions = Mentions(ARRIVED)
        for byte in b'{"x":"pppppp","email":"ann@b.test"':
            mentions.look(bytes([byte]))
        assert mentions.people is not None
        assert "ann@b.test" in mentions.people.split(" ")


@pytest.mark.parametrize("text", ["@", "a@", "a@a.b ", "a.a@", '"email":"', "\\u0040", "last", "last ", "\u200b@"])
def test_looking_is_linear(text: str) -> None:
    def work(size: int) -> int:
        mentions, calls = _Counting(ARRIVED), size // len(text.encode())
        mentions.look(text.encode() * calls)
        assert not (mentions.people or "x").isspace()
        return mentions.work

    assert work(80_000) <= 2.2 * work(40_000) + 1000


class _Counting(Mentions):
    """Counts the characters that are looked at as addresses."""

    work = 0

    def _add(self, address: str) -> None:
        self.work += len(address) + 1
        super()._add(address)
