"""Reports on S3: what is written is kept, as what it is; and reading them changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.profiles.profile import local_profile
from catalog.profiles.report_store import report_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from catalog.profiles.glue import GlueProfile


def _keys(profile: GlueProfile) -> list[str]:
    found = profile.client("s3").list_objects_v2(Bucket=profile.settings.artefacts_bucket).get("Contents", [])
    return [entry["Key"] for entry in found]


def test_what_is_written_is_kept_as_what_it_is(
    emulated: GlueProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with report_folder(emulated) as folder:
        (folder.path / "run1").mkdir()
        for name in ("validation.json", "index.html", "summary.md"):
            (folder.path / "run1" / name).write_text(name, encoding="utf-8")
        assert folder.address(folder.path / "run1" / "index.html") == "s3://stedi-artefacts/reports/run1/index.html"
    assert _keys(emulated) == [f"reports/run1/{name}" for name in ("index.html", "summary.md", "validation.json")]
    head = emulated.client("s3").head_object(Bucket="stedi-artefacts", Key="reports/run1/index.html")
    assert head["ContentType"] == "text/html; charset=utf-8"

    # Earlier runs are there to be compared with; only their documents are brought.
    with report_folder(emulated) as folder:
        assert [path.name for path in folder.path.rglob("*.*")] == ["validation.json"]
    with report_folder(emulated, read_only=True) as folder:
        (folder.path / "run1" / "index.html").write_text("made anew", encoding="utf-8")
    assert (
        emulated.client("s3").get_object(Bucket="stedi-artefacts", Key="reports/run1/index.html")["Body"].read()
        == b"index.html"
    )

    # A report that is no longer kept is not shown from what was brought before.
    for key in _keys(emulated):
        emulated.client("s3").delete_object(Bucket="stedi-artefacts", Key=key)
    with report_folder(emulated, read_only=True) as folder:
        assert not list(folder.path.glob("*/validation.json"))


def test_a_local_lake_keeps_them_in_its_folder(tmp_path: Path) -> None:
    profile = local_profile(tmp_path)
    with report_folder(profile) as folder:
        assert folder.path == profile.reports
        assert folder.address(folder.path / "r" / "index.html") == f"{profile.reports}/r/index.html"
