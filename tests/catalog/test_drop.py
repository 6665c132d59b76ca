"""What is found in a drop folder, what is not read of it, and what is said of that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.drop.delivery import DeliveredFile, Listing, printable
from catalog.drop.listing import is_as_listed, list_drop, open_delivered
from catalog.errors import UsageError
from catalog.specs.landing import SOURCES

if TYPE_CHECKING:
    from catalog.profiles.glue import GlueProfile

LANDING = "accelerometer/landing"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A drop folder with one file of one source, and a folder of each."""
    folder = tmp_path / "drop"
    _put(folder, f"{LANDING}/good.json")
    for source in set(SOURCES) - {"accelerometer"}:
        (folder / source).mkdir()
    return folder


def _put(drop: Path, name: str, text: str = "{}") -> Path:
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _names(listing: Listing) -> list[str]:
    return [file.name for file in listing.files]


def _refused(listing: Listing) -> dict[str, str]:
    return {file.name: file.reason for file in listing.refused}


@pytest.mark.parametrize("folder", ["_temporary/0", ".snapshot", ".ipynb_checkpoints", "2026/_spark_metadata/x"])
def test_hidden_and_temporary_folders_are_skipped_at_any_depth(drop: Path, folder: str) -> None:
    _put(drop, f"{LANDING}/{folder}/a.json")
    _put(drop, f"{LANDING}/2026/11/b_.json")
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/2026/11/b_.json", f"{LANDING}/good.json"]
    assert (listing.refused, listing.warnings) == ((), ())


def test_links_that_leave_the_folder_are_refused_by_name_and_never_read(drop: Path, tmp_path: Path) -> None:
    secret = _put(tmp_path, "outside/secret.json", "secret")
    (drop / LANDING / "file.json").symlink_to(secret)
    (drop / LANDING / "folder").symlink_to(secret.parent)
    (drop / LANDING / "nothing.json").symlink_to(tmp_path / "outside" / "none")
    (drop / LANDING / "neighbour").symlink_to(_put(tmp_path, "drop-2/x.json").parent)
    (drop / "customer").rmdir()
    (drop / "customer").symlink_to(secret.parent)
    (drop / "step_trainer" / "landing").symlink_to(secret.parent)
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    places = [f"{LANDING}/{name}" for name in ("file.json", "folder", "neighbour", "nothing.json")]
    assert _refused(listing) == dict.fromkeys([*places, "customer", "step_trainer/landing"], "link_outside_drop")
    assert "customer is not read: it is a link that leaves the drop folder; a withdrawal may be in it" in (
        next(file.warning for file in listing.refused if file.source == "customer")
    )


def test_links_inside_of_the_folder(drop: Path) -> None:
    (drop / LANDING / "again.json").symlink_to("good.json")
    (drop / LANDING / "round").symlink_to(".")
    (drop / LANDING / "self.json").symlink_to("self.json")
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/again.json", f"{LANDING}/good.json"]
    assert _refused(listing) == {f"{LANDING}/self.json": "unreadable_file"}
    [warning] = listing.warnings
    assert warning.startswith(f"{LANDING}/round is not read: it is a link to a folder")


def test_the_drop_folder_may_be_a_link_itself(drop: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(drop)
    assert _names(list_drop(tmp_path / "link")) == [f"{LANDING}/good.json"]


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("customers/landing/c.json", "the folder customers is ignored"),
        ("customers/landing/c.json", "did you mean customer?"),
        ("Customer/landing/c.json", "did you mean customer?"),
        ("step-trainer/landing/s.json", "did you mean step_trainer?"),
        ("archive/c.json", "the folder archive is ignored"),
        ("c.json", "ignored, as they are outside the sources' folders: c.json"),
        ("customer/c.json", "ignored, as they are outside customer/landing: customer/c.json"),
        ("customer/Landing/c.json", "ignored, as they are outside customer/landing: customer/Landing"),
    ],
)
def test_what_lies_where_nothing_is_looked_for_is_named(drop: Path, name: str, warning: str) -> None:
    _put(drop, name)
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    assert warning in "\n".join(listing.warnings)


@pytest.mark.parametrize("source", ["customer", "step_trainer"])
def test_a_source_without_a_folder_is_named(drop: Path, source: str) -> None:
    (drop / source).rmdir()
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    assert listing.warnings == (f"nothing is delivered for {source}: there is no folder {source}/landing",)


def test_where_all_of_it_lies_elsewhere_the_error_says_so(tmp_path: Path) -> None:
    _put(tmp_path, "customers/landing/c.json")
    with pytest.raises(UsageError, match=r"nothing is delivered.*customers.*did you mean customer\?"):
        list_drop(tmp_path)


def test_what_is_no_file_is_named_and_never_waited_for(drop: Path) -> None:
    os.mkfifo(drop / LANDING / "pipe.json")
    (drop / "customer").rmdir()
    _put(drop, "customer", "a file where a folder should be")
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    assert sorted(listing.warnings) == [
        f"{LANDING}/pipe.json is not read: it is not a regular file",
        "customer is not read: it is not a folder",
    ]


def test_a_name_that_is_no_utf_8_is_refused_in_an_escaped_form(drop: Path) -> None:
    Path(os.fsdecode(os.fsencode(drop / LANDING) + b"/caf\xe9.json")).write_text("{}", encoding="utf-8")
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    [refused] = listing.refused
    assert (refused.name, refused.reason) == (rf"{LANDING}/caf\xe9.json", "unreadable_file")
    assert r"caf\xe9.json is not read: its name is not UTF-8" in refused.warning
    assert refused.key == list_drop(drop).refused[0].key
    os.utime(os.fsencode(drop / LANDING) + b"/caf\xe9.json", ns=(1, 1))
    assert refused.key != list_drop(drop).refused[0].key


def test_a_folder_that_cannot_be_listed_is_refused(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop / "customer" / "landing" / "closed").mkdir(parents=True)
    genuine = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return genuine(path)

    monkeypatch.setattr(os, "scandir", scandir)
    [refused] = list_drop(drop).refused
    assert (refused.source, refused.name) == ("customer", "customer/landing/closed")
    assert "Permission denied" in refused.warning


def test_a_folder_however_deep(drop: Path) -> None:
    # Deeper than Python's own stack; one folder at a time, as the whole path is too long for the system.
    here = os.open(drop / LANDING, os.O_RDONLY)
    for _ in range(900):
        os.mkdir("d", dir_fd=here)
        here, above = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    assert _names(list_drop(drop)) == [f"{LANDING}/good.json"]


def test_a_time_of_writing_beyond_all_calendars(drop: Path) -> None:
    os.utime(drop / LANDING / "good.json", ns=(0, 2**62))
    [file] = list_drop(drop).files
    assert is_as_listed(file)


@pytest.fixture
def listed(drop: Path) -> DeliveredFile:
    [file] = list_drop(drop).files
    assert is_as_listed(file)
    return file


def test_a_file_that_is_written_or_taken_away_is_not_as_listed(listed: DeliveredFile) -> None:
    Path(listed.uri).write_text("{} ", encoding="utf-8")
    assert not is_as_listed(listed)
    Path(listed.uri).unlink()
    assert not is_as_listed(listed)


@pytest.mark.parametrize("swapped", ["file", "folder", "pipe"])
def test_what_is_swapped_for_a_link_after_the_listing_is_not_read(
    listed: DeliveredFile, tmp_path: Path, swapped: str
) -> None:
    path, secret = Path(listed.uri), _put(tmp_path, "outside/good.json", "secret")
    path.unlink()
    if swapped == "file":
        path.symlink_to(secret)
    elif swapped == "pipe":
        os.mkfifo(path)
    else:
        path.parent.rmdir()
        path.parent.symlink_to(secret.parent)
    with pytest.raises(OSError, match=r"another file stands there|Too many levels"):
        open_delivered(listed.uri)


def test_names_in_messages_are_one_line_without_addresses() -> None:
    assert printable("customer/landing/ada@example.test\n.json") == "customer/landing/…@…"
    assert printable("a\x1b[31m\nb\udce9") == r"a\x1b[31m\nb\xe9"


def test_the_drop_bucket_is_looked_through_alike(emulated: GlueProfile, tmp_path: Path) -> None:
    for name in (
        f"{LANDING}/good.json",
        f"{LANDING}/_temporary/0/a.json",
        "customers/landing/c.json",
        "customer/c.json",
    ):
        _put(tmp_path, name)
    emulated.deliver(tmp_path)
    drop = emulated.drop(None)
    assert drop is not None
    listing = list_drop(drop)
    assert _names(listing) == [f"{LANDING}/good.json"]
    assert [warning.partition(";")[0] for warning in listing.warnings] == [
        f"the folder customers is ignored: sources are {', '.join(SOURCES)}",
        "nothing is delivered for step_trainer: there is no folder step_trainer/landing",
        "ignored, as they are outside customer/landing: customer/c.json",
    ]
    [file] = listing.files
    assert is_as_listed(file)
    _put(tmp_path, f"{LANDING}/good.json", "{} ")
    emulated.deliver(tmp_path)
    assert not is_as_listed(file)
    emulated.client("s3").delete_object(Bucket=emulated.settings.drop_bucket, Key=file.name)
    assert not is_as_listed(file)
