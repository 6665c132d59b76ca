"""Certificates of erasures: signed with Ed25519, chained by SHA-256, kept beside the lake's tables.

To verify them needs this module, ``cryptography`` and nothing else: no lake, no network.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError, DataRefusedError, RetryableError, UsageError
from catalog.profiles.keys import SecretKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.storage.files import Storage

FORMAT = "stedi erasure certificate 1"
CERTIFICATE_KEY = SecretKey(
    "certificate key", "STEDI_CERTIFICATE_KEY", "certificate.key", lambda profile: profile.certificate_key()
)
"""The seed of the Ed25519 key that signs."""
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_NAME = re.compile(r".*/\d{6}\.json")


@dataclass(frozen=True)
class Certificate:
    """A certificate as it is kept.

    Attributes:
        text: its bytes, of which the next certificate has the SHA-256.
        document: what they say.
    """

    text: bytes
    document: Mapping[str, Any]

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return int(self.document["number"])

    @property
    def is_complete(self) -> bool:
        """Whether nothing was found."""
        return not self.document["findings"]


def public_key_of(key: bytes) -> str:
    """The public key of a certificate key, in hexadecimal."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw().hex()


def append(storage: Storage, privacy: str, body: Mapping[str, Any], digests: Sequence[str], key: bytes) -> Certificate:
    """Sign a certificate and add it to the lake's chain, and beside it the list of what was read.

    Args:
        storage: where it is kept.
        privacy: the lake's place for records of erasures (``Profile.privacy``).
        body: what it certifies (``certificate_body``).
        digests: SHA-256 of every file that was read.
        key: the certificate key.

    Raises:
        RetryableError: another process added one at the same time.
        DamagedLakeError: the chain is broken.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    earlier = read_all(storage, privacy)
    number = len(earlier) + 1
    listed = "".join(f"{digest}\n" for digest in sorted(digests)).encode()
    document = {
        **body,
        "format": FORMAT,
        "number": number,
        "previous": hashlib.sha256(earlier[-1].text).hexdigest() if earlier else None,
        "filesListSha256": hashlib.sha256(listed).hexdigest(),
        "publicKey": public_key_of(key),
    }
    signature = Ed25519PrivateKey.from_private_bytes(key).sign(_canonical(document))
    signed = document | {"signature": signature.hex()}
    made = Certificate(_canonical(signed), signed)
    place = f"{privacy}/certificates/{number:06}"
    storage.write(f"{place}.files", listed)
    try:
        storage.create(f"{place}.json", made.text)
    except FileExistsError as error:
        raise RetryableError("another certificate was added at the same time; run again") from error
    return made


def read_all(storage: Storage, privacy: str) -> list[Certificate]:
    """The lake's certificates, from the first on.

    Raises:
        DamagedLakeError: one of them was changed, or is missing.
    """
    current = (each for each in storage.files(f"{privacy}/certificates") if each.current)
    texts = [storage.read(each) for each in sorted(current) if _NAME.fullmatch(each.location)]
    try:
        chain = verify(texts)
    except DataRefusedError as error:
        raise DamagedLakeError(f"the chain of certificates in {privacy} is broken: {error}") from error
    if chain and chain[0].number != 1:
        raise DamagedLakeError(f"the chain of certificates in {privacy} begins with number {chain[0].number}, not 1")
    return chain


def verify(texts: Sequence[bytes], public_keys: Sequence[str] = ()) -> list[Certificate]:
    """Check certificates: that nobody changed a byte of them, and that each follows the one before.

    Args:
        texts: the certificates' bytes, in the order of their numbers.
        public_keys: of those who may have signed, in hexadecimal. None: the key that a certificate names itself, which
            shows that it is whole, and not whose it is.

    Raises:
        DataRefusedError: one is not as it was signed, not by one of these keys, or not in its place.
        UsageError: a public key is none.
    """
    for key in public_keys:
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise UsageError("a public key is 64 hexadecimal digits, as stedi privacy public-key prints it")
    found: list[Certificate] = []
    for place, text in enumerate(texts, 1):
        certificate = _verify_one(text, public_keys, f"certificate {place} of {len(texts)}")
        if found:
            _require_successor(found[-1], certificate)
        found.append(certificate)
    return found


def verify_list(certificate: Certificate, listed: bytes) -> None:
    """Check that a list of digests is the one that the certificate was made with.

    Raises:
        DataRefusedError: it is another.
    """
    if hashlib.sha256(listed).hexdigest() != certificate.document["filesListSha256"]:
        raise DataRefusedError(f"the list of files of certificate {certificate.number} is not the one that was signed")


def _verify_one(text: bytes, public_keys: Sequence[str], name: str) -> Certificate:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signed = json.loads(text)
        document = {key: value for key, value in signed.items() if key != "signature"}
        known, number, key = document["format"] == FORMAT, document["number"], str(document["publicKey"])
        signature = str(signed["signature"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DataRefusedError(f"{name} is no certificate: it cannot be read") from None
    if not known or not isinstance(number, int):
        raise DataRefusedError(f"{name} is of a format that is not known: a newer version of stedi may read it")
    # Bytes.fromhex takes capitals and blanks, too.
    if text != _canonical(signed) or not _SIGNATURE.fullmatch(signature):
        raise DataRefusedError(f"{name} is not written as it was signed: it was changed")
    if public_keys and key not in public_keys:
        raise DataRefusedError(f"{name} is not signed by the public key that was given")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), _canonical(document))
    except (InvalidSignature, ValueError):
        raise DataRefusedError(f"the signature of {name} is not valid: it was changed") from None
    return Certificate(text, signed)


def _require_successor(before: Certificate, after: Certificate) -> None:
    if after.number != before.number + 1:
        raise DataRefusedError(
            f"certificate {before.number} is followed by certificate {after.number}: one is missing, or the order is "
            "another; give them all, by their numbers"
        )
    if after.document["previous"] != hashlib.sha256(before.text).hexdigest():
        raise DataRefusedError(f"certificate {after.number} does not follow this certificate {before.number}")


def _canonical(document: Mapping[str, Any]) -> bytes:
    """The one way in which a document is written, so that each byte of it counts."""
    return (json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()
