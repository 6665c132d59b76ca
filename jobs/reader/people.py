"""Who a refused record may be about that is a customer's: everybody whom its text names, rather one too many.

A record that cannot be read may be a withdrawal. So its text is looked through for addresses however it is broken:
as JSON, percent or UTF-16 escapes them, with invisible characters inside, in Latin-1, cut short.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jobs.identity import is_invisible, normalise_person
from jobs.reader.fields import EARLIEST_MS, LATEST_MS, is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Longer addresses do not exist (RFC 5321 has 254 bytes): what is looked at beside each @ is bounded.
_LONGEST = 1000
_OVERLAP = 16 * _LONGEST
_AT_ONCE = 32 * _OVERLAP
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BLANK_ESCAPES = frozenset("nrtbf")
_RUN = re.compile(r"[^\s\"\\]+")
_STOP = re.compile(r"['<>()\[\]{},;:=/|&?]")
_QUOTED_EMAIL = re.compile(r"[\"'][ _-]*e[ _-]*mail[ _-]*[\"']\s*:\s*[\"']([^\"'\n]{1,1000})", re.IGNORECASE)
# Keys of customer records, also where a text cannot be read. "email" may stand in a reading's address, too.
_CUSTOMER_KEY = re.compile(r"e[ _-]*+mail[ _-]*+[\"'\\:=]|share[ _-]*+with|last[ _-]*+update[ _-]*+date", re.IGNORECASE)
_AT = re.compile(r"[ ]?(?:[\uff20\ufe6b]|\(at\)|\[at\])[ ]?", re.IGNORECASE)
_AROUND = re.compile(r"^[^\w+]+|[^\w+]+$")
_UPDATED = re.compile(r"last[ _-]*update[ _-]*date[^0-9a-z]{0,20}([0-9]{13})(?![0-9])", re.IGNORECASE)


class Mentions:
    """The people and the newest lastUpdateDate that a text names, which is looked at piece by piece.

    Args:
        latest_ms: later values of lastUpdateDate are of a clock that is wrong.
    """

    def __init__(self, latest_ms: int) -> None:
        self._people: set[str] = set()
        self._of_customer = False
        self._updated: int | None = None
        self._latest = min(latest_ms, LATEST_MS - 1)
        self._unread = bytearray()

    @property
    def of_customer(self) -> bool:
        """Whether it has a key of customer records."""
        self._read()
        return self._of_customer

    @property
    def people(self) -> str | None:
        """Them, normalised, in order, with a blank between; None for nobody."""
        self._read()
        return " ".join(sorted(self._people)) or None

    @property
    def updated(self) -> int | None:
        """The newest plausible lastUpdateDate, epoch ms UTC."""
        self._read()
        return self._updated

    def look(self, data: bytes) -> None:
        """Look at the next bytes of the text."""
        self._unread += data
        if len(self._unread) >= _AT_ONCE:
            self._read()

    def look_into(self, value: Any, of_customer: Callable[[str], bool]) -> None:
        """Look at what the record says where it could be read; ``of_customer`` tells a customer record's keys."""
        for key, item in _members(value):
            name = plain_key(key)
            self._of_customer = self._of_customer or of_customer(key)
            if name == "email" and isinstance(item, str):
                self._add(item)
            elif name == "lastupdatedate":
                self._add_date(item)

    def _read(self) -> None:
        for start in range(0, len(self._unread), _AT_ONCE):
            for text in _readings(bytes(self._unread[start : start + _AT_ONCE + _OVERLAP])):
                self._look_at(text)
        # What is cut in two here is looked at again, whole.
        del self._unread[:-_OVERLAP]

    def _look_at(self, text: str) -> None:
        for run in _RUN.finditer(text):
            for before, after in pairwise(run[0].split("@")):
                local, domain = before[-_LONGEST:], after[:_LONGEST]
                self._add(f"{local}@{domain}")
                address = f"{_STOP.split(local)[-1]}@{_STOP.split(domain, maxsplit=1)[0]}"
                self._add(address)
                self._add(address.strip(".!*_`"))
                self._add(_AROUND.sub("", address))
        for match in _QUOTED_EMAIL.finditer(text):
            self._add(match[1])
        self._of_customer = self._of_customer or _CUSTOMER_KEY.search(text) is not None
        for match in _UPDATED.finditer(text):
            self._add_date(int(match[1]))

    def _add(self, address: str) -> None:
        visible = address if address.isascii() and address.isprintable() and " " not in address else _visible(address)
        if is_address(visible):
            self._people.add(normalise_person(visible))

    def _add_date(self, value: Any) -> None:
        try:
            instant = int(float(value)) if isinstance(value, str | float) else value
        except (ValueError, OverflowError):
            return
        if isinstance(instant, bool) or not isinstance(instant, int) or not EARLIEST_MS <= instant <= self._latest:
            return
        self._updated = max(instant, self._updated or 0)


def plain_key(key: str) -> str:
    """A key without case, blanks, underscores and hyphens."""
    folded = unicodedata.normalize("NFKC", key).casefold()
    return "".join(letter for letter in folded if letter not in "_-" and not is_invisible(letter))


def _readings(data: bytes) -> Iterator[str]:
    """The text in all the ways in which it may have been meant."""
    text = data.decode("utf-8", "surrogateescape")
    # Bytes that are not UTF-8 are Latin-1's.
    text = "".join(map(_latin1, text)) if not text.isascii() else text
    texts = {text.replace("\0", "")}
    if b"\0" in data:
        texts |= {
            data[start:].decode(encoding, "ignore") for encoding in ("utf-16-le", "utf-16-be") for start in (0, 1)
        }
    for each in texts:
        unescaped = _unescape(each)
        yield _without_invisible(unescaped)
        if _AT.search(unescaped):
            yield _AT.sub("@", _without_invisible(unescaped))
        if "%40" in unescaped:
            yield _without_invisible(unquote(unescaped, errors="replace"))


def _latin1(letter: str) -> str:
    return chr(ord(letter) - 0xDC00) if "\udc80" <= letter <= "\udcff" else letter


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else _unescaped(match[2]), text)


def _unescaped(letter: str) -> str:
    return " " if letter in _BLANK_ESCAPES else letter


def _without_invisible(text: str) -> str:
    """The text without characters that are drawn as nothing; blanks and controls between words stay."""
    if text.isascii():
        return text
    return "".join(letter for letter in text if letter.isascii() or letter.isspace() or not is_invisible(letter))


def _visible(text: str) -> str:
    """The text without invisible characters and halves of surrogate pairs; bytes that are not UTF-8 as Latin-1."""
    whole = "".join(map(_latin1, text)).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return "".join(letter for letter in whole if not is_invisible(letter))


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from item.items()
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
