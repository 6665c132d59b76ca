"""A value is found in every form, and is not found in other people's values."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.privacy.anchors import Anchors
from catalog.privacy.needles import Form, Needles
from catalog.privacy.neighbours import Layout
from catalog.privacy.unescape import views

ANN = "ann@x.org"
LONG = "ann.of.the.north@example.org"
KNOWN = {"mary.ann@x.org", "ann@x.org.uk", "ann.of.the.north@example.com", "ann.of.t"}


def _found(data: bytes, layout: Layout = Layout.TEXT, *values: str) -> set[Form]:
    needles = Needles({"email": values or (ANN, LONG)}, KNOWN.__contains__)
    return {form for view in views(data) for _, form in needles.search(view, layout)}


FORMS = {
    "base64 behind what is none": (b'YWE"' + base64.b64encode(b"ann@x.org"), Form.BASE64),
    "alone": (b"ann@x.org", Form.PLAIN),
    "upper case": (b"mail ANN@X.ORG.", Form.PLAIN),
    "in quotation marks": ("“ann@x.org”".encode(), Form.PLAIN),
    "in JSON": (b'{"user":"ann@x.org"}', Form.PLAIN),
    "after a JSON escape": (rb'"\nann@x.org\t"', Form.PLAIN),
    "escaped in JSON": (rb'"\u0061nn\u0040x.org"', Form.PLAIN),
    "escaped twice": (rb'"\\u0061nn\\u0040x.org"', Form.PLAIN),
    "JSON in JSON": (rb'"{\"user\":\"ann\\u0040x.org\"}"', Form.PLAIN),
    "undecodable bytes beside": (rb"\xffann@x.org\xfe", Form.PLAIN),
    "in an address": (b"?user=ann%40x.org&y=1", Form.PLAIN),
    "in HTML": (b"<td>ann&#64;x.org</td>", Form.PLAIN),
    "a file of its name": (b"customer/landing/ann@x.org.json", Form.PLAIN),
    "a tag of its name": (b"for-ann@x.org", Form.PLAIN),
    "UTF-16": ("to ann@x.org".encode("utf-16"), Form.UTF16),
    "UTF-16, the other way": ("to ann@x.org!".encode("utf-16-be"), Form.UTF16),
    "MD5": (hashlib.md5(b"ann@x.org", usedforsecurity=False).hexdigest().encode(), Form.HASH),
    "SHA-1, upper case": (hashlib.sha1(b"ann@x.org", usedforsecurity=False).hexdigest().upper().encode(), Form.HASH),
    "SHA-256, bytes": (b"\0" + hashlib.sha256(b"ann@x.org").digest() + b"\0", Form.HASH),
}
OTHERS = {
    "a longer name": b"joann@x.org",
    "a longer domain": b"ann@x.organic",
    "somebody who is known, before": b"to mary.ann@x.org.",
    "somebody who is known, after": b"ann@x.org.uk",
    "a file of somebody who is known": b"customer/landing/mary.ann@x.org.json",
    "a letter beside it": "éann@x.org".encode(),
    "base64 of a longer name": base64.b64encode(b"joann@x.org"),
    "the beginning": b"ann@x.or and ann.of.the.north@e",
}


@pytest.mark.parametrize(("data", "form"), FORMS.values(), ids=FORMS)
def test_a_value_is_found_in_this_form(data: bytes, form: Form) -> None:
    assert form in _found(data)
    assert form in _found(b"-" * 300_000 + data + b" " * 300_000)


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_another_persons_value_is_not(data: bytes) -> None:
    assert _found(data) == set()


@pytest.mark.parametrize("before", ["", "x", "xx", "xxxxxxx"])
@pytest.mark.parametrize("value", ["joann@x.org", "joann@x.orgy", "ann@x.orgyy", "ann@x.organic"])
def test_base64_of_another_persons_value_is_not_found(before: str, value: str) -> None:
    encoded = base64.b64encode(f"{before} {value}".encode())
    for text in (encoded, b'{"token":"' + encoded + b'"}', b"token=" + encoded + b" and more"):
        assert _found(text) == set()


@given(before=st.binary(max_size=9), after=st.binary(max_size=9), url_safe=st.booleans(), upper=st.booleans())
@example(before=b"", after=b"", url_safe=False, upper=False)
def test_base64_is_found_wherever_it_begins(before: bytes, after: bytes, url_safe: bool, upper: bool) -> None:
    value = "ann?>~@x.org"
    held = before + b" " + (value.upper() if upper else value).encode() + b" " + after
    encoded = base64.urlsafe_b64encode(held) if url_safe else base64.b64encode(held)
    for text in (encoded, b'{"token":"' + encoded + b'"}', encoded.rstrip(b"=")):
        assert Form.BASE64 in _found(text, Layout.TEXT, value)


@given(value=st.text(st.characters(categories=("L", "N")), min_size=8, max_size=12), layout=st.sampled_from(Layout))
def test_whatever_letters_a_value_has_it_is_found(value: str, layout: Layout) -> None:
    for text in (value, value.upper(), value.lower()):
        assert Form.PLAIN in _found(f"<{text}>".encode(), layout, value)
        assert Form.PLAIN in _found(quote(f"<{text}>").encode(), layout, value)


@pytest.mark.parametrize("length", range(8, len(LONG)))
def test_bounds_hold_truncations(length: int) -> None:
    lower = LONG[:length].encode()
    upper = LONG[: length - 1].encode() + bytes([lower[-1] + 1])
    assert _found(b"\0".join((b"first", lower, b"last")), Layout.BOUNDS) == (set() if length == 8 else {Form.TRUNCATED})
    assert _found(lower.upper(), Layout.BOUNDS) == (set() if length == 8 else {Form.TRUNCATED})
    assert (_found(upper, Layout.BOUNDS) == {Form.TRUNCATED}) == (length > 8)
    # Where the field goes on with something else, it is somebody else's.
    assert _found(lower + b"-\0", Layout.BOUNDS) == set()
    assert _found(b"jo" + lower, Layout.BOUNDS) == set()


def test_a_truncation_that_somebody_else_has_is_none() -> None:
    assert "ann.of.t" in KNOWN
    assert _found(b"ann.of.t", Layout.BOUNDS) == set()
    assert _found(b"ann.of.th", Layout.BOUNDS) == {Form.TRUNCATED}
    assert _found(b"ann.of.the.north@example.com", Layout.BOUNDS) == set()


def test_in_pages_anything_may_stand_beside_a_value() -> None:
    assert _found(b"joann@x.organic", Layout.PAGES) == {Form.PLAIN}


def test_short_values_are_counted_and_not_searched() -> None:
    needles = Needles({"phone": ["555-123", "5551234567"], "name": ["Ann Bo", "Zoe"]})
    assert (needles.searched, needles.too_short) == ({"phone": 1}, {"phone": 1, "name": 2})
    assert needles.numbers == {5551234567}
    assert needles.search(b"call 555-123") == set()
    # Two letters, of four characters each where they are taken apart.
    assert Needles({"name": ["α\u0313\u0301\u0345" * 2]}).too_short == {"name": 1}


@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=9), st.binary(max_size=90), st.data())
def test_anchors_are_found_where_they_are(anchors: list[bytes], rest: bytes, data: st.DataObject) -> None:
    text = rest + data.draw(st.sampled_from(anchors)) + rest
    expected = {place for place in range(len(text)) if text[place : place + 8] in anchors}
    assert set(Anchors(anchors).find(text)) == expected
