"""What a scan looks for: a person's values, in every form in which they may have been left somewhere."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from catalog.privacy.anchors import WIDTH, Anchors
from catalog.privacy.neighbours import Layout, is_part_of_word, longer_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SHORTEST = 8
"""Characters of the shortest value that is searched, and of the shortest truncation: less is found everywhere."""
CONTROL = "control"
"""The kind of the value that each scan plants itself."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_HASHES = ("md5", "sha1", "sha256")


class Form(StrEnum):
    """How a value was found."""

    PLAIN = "in plain"
    TRUNCATED = "truncated"
    UTF16 = "in UTF-16"
    BASE64 = "in base64"
    HASH = "as a hash"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Bytes to compare with what stands where an anchor was found.

    Attributes:
        kind: of the value.
        form: of the value.
        text: the bytes; of those in which case does not matter, in lower case.
        exact: whether case matters.
        encoding: of the characters around.
        value: of base64, what is encoded, in lower case.
        skipped: of base64, the characters of its first group that stand before.
    """

    kind: str
    form: Form
    text: bytes
    exact: bool = False
    encoding: str = "utf-8"
    value: bytes = b""
    skipped: int = 0


class Needles:
    """A person's values, or those of several people, and one of its own (``control``), which is nowhere until planted.

    Attributes:
        control: a random value that every scan must find where it plants it.
        searched: how many values are searched, by kind.
        too_short: how many are not, by kind, since they have fewer than 8 characters.
        numbers: values that a column of numbers could hold.

    Args:
        values: by kind, such as ``email``. Leave out what other people have, too, or what stands for nobody alone.
        others: whether a text, in lower case, is a value of somebody else. A value with ``.``, ``-``, ``_`` or ``+``
            and more beside it, as in ``mary.ann@x.org`` and ``ann@x.org.uk``, is somebody else's only if this says so;
            so is the truncation of a value. By default it is a finding.
    """

    def __init__(self, values: Mapping[str, Iterable[str]], others: Callable[[str], bool] = lambda _: False) -> None:
        self.control = f"{secrets.token_hex(12)}.control@example.org"
        self.searched: Counter[str] = Counter()
        self.too_short: Counter[str] = Counter()
        self.numbers: set[int] = set()
        # The same neighbour's value is met in many files, and to look it up can take long.
        self._others = lru_cache(maxsize=100_000)(others)
        self._patterns: dict[bytes, list[_Pattern]] = defaultdict(list)
        for kind, text in {(kind, text) for kind, texts in values.items() for text in texts}:
            if len(unicodedata.normalize("NFC", text)) < SHORTEST:
                self.too_short[kind] += 1
                continue
            self.searched[kind] += 1
            self._add(kind, text)
            if text.isascii() and text.isdigit():
                self.numbers.add(int(text))
        self._add(CONTROL, self.control)
        self._anchors = Anchors(self._patterns)

    def search(self, data: bytes, layout: Layout = Layout.TEXT) -> set[tuple[str, Form]]:
        """Kinds and forms of the values that the data hold."""
        lowered = data.lower()
        found: set[tuple[str, Form]] = set()
        for start in self._anchors.find(lowered):
            for pattern in self._patterns[lowered[start : start + WIDTH]]:
                if (pattern.kind, pattern.form) not in found:
                    form = self._form_at(data, lowered, start, pattern, layout)
                    if form is not None:
                        found.add((pattern.kind, form))
        return found

    def _add(self, kind: str, text: str) -> None:
        for pattern in set(_patterns_of(kind, text)):
            self._patterns[pattern.text[:WIDTH].lower()].append(pattern)

    def _form_at(self, data: bytes, lowered: bytes, start: int, pattern: _Pattern, layout: Layout) -> Form | None:
        end = start + len(pattern.text)
        if (data if pattern.exact else lowered)[start:end] == pattern.text:
            return pattern.form if self._is_whole(data, lowered, start, pattern, layout) else None
        if pattern.form is Form.PLAIN and layout is Layout.BOUNDS and self._is_truncated(lowered, start, pattern):
            return Form.TRUNCATED
        return None

    def _is_whole(self, data: bytes, lowered: bytes, start: int, pattern: _Pattern, layout: Layout) -> bool:
        """Whether what was found stands by itself, and is no part of somebody else's value."""
        if pattern.form is Form.HASH or layout is Layout.PAGES:
            return True
        end = start + len(pattern.text)
        if pattern.form is Form.BASE64:
            group = start - pattern.skipped
            lowered = _decoded(data, group, end)
            start = lowered.find(pattern.value)
            if start < 0:
                return True  # it was compared already: what is around it is no base64
            end = start + len(pattern.value)
        if is_part_of_word(lowered, start, end, pattern.encoding):
            return False
        return not any(map(self._others, longer_words(lowered, start, end)))

    def _is_truncated(self, lowered: bytes, start: int, pattern: _Pattern) -> bool:
        """Whether the beginning of a value ends where the field ends; of upper bounds, the last character is raised."""
        same = next(
            length
            for length, byte in enumerate(pattern.text)
            if lowered[start + length : start + length + 1] != bytes([byte])
        )
        end = start + same
        last = pattern.text[same : same + 1]
        if lowered[end : end + 1] in {bytes([each[0] % 255 + 1]).lower() for each in (last, last.upper())}:
            end += 1
        if lowered[end : end + 1] not in {b"", b"\0"} or is_part_of_word(lowered, start, end, pattern.encoding):
            return False
        field = lowered[lowered.rfind(b"\0", 0, start) + 1 : end]
        return not self._others(field.decode(errors="replace"))


def _patterns_of(kind: str, text: str) -> Iterator[_Pattern]:
    normal = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
    cased = {each for one in normal for each in (one, one.lower(), one.upper(), one.casefold(), one.title())}
    for each in cased | {one.replace(" ", "+") for one in cased}:
        yield _Pattern(kind, Form.PLAIN, each.encode().lower())
        for encoding in ("utf-16-le", "utf-16-be"):
            yield _Pattern(kind, Form.UTF16, each.encode(encoding).lower(), encoding=encoding)
    for each in normal | {one.lower() for one in normal} | {one.upper() for one in normal}:
        yield from _base64_of(kind, each.encode())
        for name in _HASHES:
            digest = hashlib.new(name, each.encode(), usedforsecurity=False)
            yield _Pattern(kind, Form.HASH, digest.hexdigest().encode())
            yield _Pattern(kind, Form.HASH, digest.digest(), exact=True)


def _base64_of(kind: str, value: bytes) -> Iterator[_Pattern]:
    """What does not change of the value's base64, whatever stands before and after it, for each place in a group."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        first, last = (before * 8 + 5) // 6, (before + len(value)) * 8 // 6
        for text in {encoded[first:last], encoded[first:last].translate(_URL_SAFE)}:
            yield _Pattern(kind, Form.BASE64, text, exact=True, value=value.lower(), skipped=first)


def _decoded(data: bytes, group: int, end: int) -> bytes:
    """What base64 from a group of four on decodes to, behind the group before if that is text, in lower case."""
    if group < 0:
        return b""
    text = data[max(0, group - 4) : end + 8].translate(_STANDARD)
    before = text[: min(group, 4)]
    context = b"" if _NO_BASE64.search(before) else _decode(before)
    is_text = context.isascii() and context.decode().isprintable()
    return (context if is_text else b"") + _decode(text[len(before) :])


def _decode(text: bytes) -> bytes:
    """What the base64 at the beginning of a text decodes to."""
    run = _NO_BASE64.split(text, maxsplit=1)[0]
    whole = run[: len(run) - (len(run) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4)).lower()
