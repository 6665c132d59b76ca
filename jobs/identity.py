"""Who somebody is, and which device is meant, however they are spelt (docs/meaning.md).

Landing keeps addresses and serial numbers as delivered, and these beside them, so that joins compare plain columns.
"""

from __future__ import annotations

import re
import unicodedata

_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# Letters and marks that are drawn as nothing: fillers, the blank Braille pattern, joiners, variation selectors.
_DRAWN_AS_NOTHING = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
)
_OTHERS = re.compile(f"[{_DRAWN_AS_NOTHING}]")


def is_invisible(character: str) -> bool:
    """Whether a character is a blank, a control character, or drawn as nothing."""
    return unicodedata.category(character) in _BLANK_CATEGORIES or _OTHERS.match(character) is not None


def normalise_person(address: str) -> str:
    """The person of an e-mail address: NFC, no surrounding or invisible blanks, lower case; empty for a blank one.

    Lower case is taken letter by letter, and the final sigma is the other: the same letter is the same at the end of a
    word and inside it.
    """
    lower = "".join(letter.lower() for letter in unicodedata.normalize("NFC", strip_invisible(address)))
    return unicodedata.normalize("NFC", lower).replace("\u03c2", "\u03c3")


def strip_invisible(text: str) -> str:
    """The text without invisible characters at either end."""
    if text.isascii():
        return text.strip("".join(map(chr, range(33))) + "\x7f")
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def normalise_device(serial_number: str) -> str:
    """The device of a serial number: lower case, without blanks and what is invisible; empty for a blank one."""
    visible = "".join(letter.lower() for letter in serial_number if not is_invisible(letter))
    return unicodedata.normalize("NFC", visible)
