"""Real lakes, on which the model's counterexamples are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.profiles.profile import LocalProfile, local_profile
from tests.maintained import opened

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.lake import Lake


@pytest.fixture
def real(tmp_path: Path) -> Lake:
    """A lake that its process holds."""
    return opened(local_profile(tmp_path / "real"))


@pytest.fixture
def unlocked(real: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake whose writers nothing keeps apart but the catalog, as on Glue."""
    monkeypatch.setattr(LocalProfile, "lock_folder", None)
    return real
