"""Where reports are kept: a folder of the lake, or S3, which is worked on through a folder of this machine."""

from __future__ import annotations

import mimetypes
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.machine.jars import cache_folder
from catalog.machine.private import close_to_others
from catalog.machine.workplace import workplace
from catalog.profiles.glue import GlueProfile
from catalog.profiles.profile import LocalProfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import Profile

_DOCUMENT = "validation.json"
_RUNS = 100
_TYPES = {".md": "text/markdown; charset=utf-8", ".html": "text/html; charset=utf-8", ".json": "application/json"}


@dataclass(frozen=True)
class ReportFolder:
    """Reports as files of this machine.

    Attributes:
        path: the folder.
        kept: where people find it: the folder itself, or an address on S3.
    """

    path: Path
    kept: str

    def address(self, file: Path) -> str:
        """Where people find a file of the folder."""
        return f"{self.kept}/{file.relative_to(self.path).as_posix()}"


@contextmanager
def report_folder(profile: Profile, *, read_only: bool = False) -> Iterator[ReportFolder]:
    """The lake's reports, to work on inside the block; what it has written is kept when it ends.

    Args:
        profile: the lake.
        read_only: on S3 nothing is written: pages that are made anew stay on this machine, in the user's cache.
    """
    if isinstance(profile, LocalProfile):
        yield ReportFolder(profile.reports, str(profile.reports))
    elif isinstance(profile, GlueProfile):
        bucket, _, prefix = profile.reports.removeprefix("s3://").partition("/")
        with _workplace(bucket, read_only=read_only) as folder:
            mirror = _Mirror(profile.client("s3"), bucket, prefix, folder)
            mirror.bring()
            yield ReportFolder(folder, profile.reports)
            if not read_only:
                mirror.keep()


@contextmanager
def _workplace(bucket: str, *, read_only: bool) -> Iterator[Path]:
    if read_only:
        folder = cache_folder() / "reports" / bucket
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        close_to_others([folder])
        yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="reports_", dir=workplace()) as temporary:
            yield Path(temporary)


@dataclass
class _Mirror:
    """A folder that stands for the objects under a prefix: the last runs' documents, from which pages are made."""

    s3: Any
    bucket: str
    prefix: str
    folder: Path

    def bring(self) -> None:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.prefix}/")
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        documents = sorted(key for key in keys if key.endswith(f"/{_DOCUMENT}"))[-_RUNS:]
        targets = {key: self.folder / key.removeprefix(f"{self.prefix}/") for key in documents}
        for run in {path.parent for path in self.folder.glob(f"*/{_DOCUMENT}")} - {
            path.parent for path in targets.values()
        }:
            shutil.rmtree(run)  # of a run whose report is no longer kept
        for key, target in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            self.s3.download_file(self.bucket, key, str(target))
        self._brought = {path: path.stat().st_mtime_ns for path in self._files()}

    def keep(self) -> None:
        for path in self._files():
            if self._brought.get(path) != path.stat().st_mtime_ns:
                key = f"{self.prefix}/{path.relative_to(self.folder).as_posix()}"
                self.s3.upload_file(str(path), self.bucket, key, ExtraArgs={"ContentType": _content_type(path)})

    def _files(self) -> list[Path]:
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file()]


def _content_type(path: Path) -> str:
    """Without it S3 has a browser download a page that it should show."""
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
