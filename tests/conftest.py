"""One lake, and one Spark session where it is needed, for the whole test process: starting it takes seconds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.profiles.profile import LocalProfile, local_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.lake import Lake
    from catalog.profiles.emulator import Emulator
    from catalog.profiles.glue import GlueProfile
    from tests.reported import Reported

REAL_LANDING = Path(__file__).parents[2] / "shared" / "data" / "stedi-landing"

LONGEST = (
    "test_engines.py",
    "glue/test_jobs.py",
    "terraform/test_loopback.py",
    "expectations/test_both_engines.py",
    "test_validate.py",
    "test_readme.py",
    "expectations/test_mutations.py",
    "faults/test_services.py",
    "test_drop_faults.py",
    "terraform/test_configuration.py",
    "test_history.py",
    "test_rename_rollback.py",
    "test_plan.py",
    "test_consent_in_doubt.py",
    "behaviour/test_both_catalogs.py",
    "jobs/run/test_compaction.py",
    "properties/test_histories.py",
    "histories/test_soak.py",
    "histories/test_machine.py",
    "model/test_kept_people.py",
)
"""The files that take longest, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: a process gets whole ones, and must not have one before it when the others end."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests make their own keys and never use the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEDI_PSEUDONYM_KEY", os.urandom(32).hex())
        patch.setenv("STEDI_CERTIFICATE_KEY", os.urandom(32).hex())
        patch.delenv("STEDI_LAKE", raising=False)
        patch.setenv("STEDI_DRIVER_MEMORY", "2g")
        # Few rows and many short sessions: compiling what runs once costs more than it saves.
        patch.setenv("STEDI_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        # Nobody's credentials, for Java too, which reads them when it starts; the user's are never used.
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "STEDI_PROFILE", "STEDI_SETTINGS", "STEDI_ENDPOINT"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # What fails on loopback fails for good.
        patch.setenv("AWS_MAX_ATTEMPTS", "2")
        yield


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    """The lake of the shared session."""
    made = local_profile(tmp_path_factory.mktemp("lake"))
    made.prepare()
    return made


def _opened(profile: LocalProfile) -> Lake:
    from catalog.commit.tables import create_tables
    from catalog.lake import Lake, connect_catalog

    opened = Lake(profile, connect_catalog(profile))
    create_tables(opened)
    return opened


@pytest.fixture(scope="session")
def lake(profile: LocalProfile) -> Lake:
    """The shared lake, open, its tables made."""
    return _opened(profile)


@pytest.fixture(scope="session")
def spark(profile: LocalProfile) -> Iterator[SparkSession]:
    """A session on the shared lake."""
    from catalog.engine.session import spark_session

    _opened(profile)
    session = spark_session(profile, jars=("iceberg-aws-bundle",))
    yield session
    session.stop()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """AWS's API on loopback, empty: moto keeps one state in a process, and tests of its own client empty it, too."""
    from catalog.profiles.emulator import Emulator

    with Emulator() as started:
        yield started


@pytest.fixture(scope="module")
def emulated(emulator: Emulator) -> GlueProfile:
    """A lake in the emulator, its buckets made."""
    from catalog.profiles.glue import emulated_profile

    made = emulated_profile(emulator.endpoint)
    made.prepare()
    return made


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
