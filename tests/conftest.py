"""One lake and one Spark session for the whole test process: starting them takes seconds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.profile import LocalProfile, local_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from tests.reported import Reported

REAL_LANDING = Path(__file__).parents[2] / "shared" / "data" / "stedi-landing"


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests make their own pseudonym key and never use the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEDI_PSEUDONYM_KEY", os.urandom(32).hex())
        patch.delenv("STEDI_LAKE", raising=False)
        patch.setenv("STEDI_DRIVER_MEMORY", "2g")
        yield


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    """The lake of the shared session."""
    made = local_profile(tmp_path_factory.mktemp("lake"))
    made.prepare()
    return made


@pytest.fixture(scope="session")
def spark(profile: LocalProfile) -> Iterator[SparkSession]:
    """A session on the shared lake, its tables made."""
    from catalog.session import spark_session
    from catalog.tables import create_tables

    session = spark_session(profile)
    create_tables(session)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def real_landing() -> Path:
    """The exercise's own landing data, beside the checkout where somebody put it."""
    if not REAL_LANDING.is_dir():
        pytest.skip("the exercise's landing data is not on this machine (its licence keeps it out of the repository)")
    return REAL_LANDING


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """A lake with the reports of a refused run and of a good one."""
    from tests.reported import make_reported

    return make_reported(tmp_path_factory.mktemp("reported"))
