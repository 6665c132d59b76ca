"""On S3 every version of an object is searched, and what cannot be read at all is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.privacy.finding import Finding, Place, PlaceKind, State
from catalog.privacy.needles import Needles
from catalog.privacy.proof import prove
from catalog.storage.files import StoredFile, storage_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.profiles.glue import GlueProfile

EMAIL = "ann@x.org"


@pytest.fixture
def bucket(emulated: GlueProfile) -> str:
    """An empty bucket that keeps every version."""
    s3, name = emulated.client("s3"), "stedi-leaks"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    storage = storage_of(emulated)
    storage.delete(list(storage.files(f"s3://{name}")))
    storage.drop_unfinished(f"s3://{name}", before_ms=2**53)
    return name


def _prove(profile: GlueProfile, bucket: str) -> list[Finding]:
    places = [Place(f"s3://{bucket}/", PlaceKind.DROP)]
    return list(prove(storage_of(profile), places, Needles({"email": [EMAIL]})).findings)


def _overwritten(s3: Any, bucket: str) -> None:
    for body in (EMAIL, "{}"):
        s3.put_object(Bucket=bucket, Key="1.json", Body=body)


def _deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="1.json", Body=EMAIL)
    s3.delete_object(Bucket=bucket, Key="1.json")


def _marker(s3: Any, bucket: str) -> None:
    key = f"customer/{EMAIL}.json"
    version = s3.put_object(Bucket=bucket, Key=key, Body="{}")["VersionId"]
    s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


def _upload(s3: Any, bucket: str) -> None:
    s3.create_multipart_upload(Bucket=bucket, Key="1.json")


LEAKS: dict[str, tuple[Callable[[Any, str], None], str, State]] = {
    "overwritten": (_overwritten, "text", State.EARLIER),
    "deleted": (_deleted, "text", State.EARLIER),
    "key of a delete marker": (_marker, "file name", State.MARKER),
    "unfinished upload": (_upload, "unreadable", State.UPLOAD),
}


@pytest.mark.parametrize(("plant", "kind", "state"), LEAKS.values(), ids=LEAKS)
def test_a_leak_is_found_and_named(
    emulated: GlueProfile, bucket: str, plant: Callable[[Any, str], None], kind: str, state: State
) -> None:
    emulated.client("s3").put_object(Bucket=bucket, Key="other.json", Body='{"email": "joann@x.org"}')
    assert _prove(emulated, bucket) == []
    plant(emulated.client("s3"), bucket)
    [found] = _prove(emulated, bucket)
    assert (found.kind, found.state) == (kind, state)
    assert EMAIL not in str(found)


def test_an_object_is_created_once(emulated: GlueProfile, bucket: str) -> None:
    storage = storage_of(emulated)
    storage.create(f"s3://{bucket}/one", b"1")
    with pytest.raises(FileExistsError):
        storage.create(f"s3://{bucket}/one", b"2")
    [file] = storage.files(f"s3://{bucket}/one")
    assert storage.read(file) == b"1"


def test_a_version_that_is_gone_is_not_there(emulated: GlueProfile, bucket: str) -> None:
    with pytest.raises(FileNotFoundError):
        storage_of(emulated).read(StoredFile(f"s3://{bucket}/none", 0, 0))
