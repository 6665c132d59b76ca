"""Glue's side of a job: whether Glue started it, and with which arguments.

Glue puts its own arguments beside ours (``--JOB_NAME``, ``--JOB_RUN_ID``, ``--TempDir`` and others); its
``getResolvedOptions`` tells them apart. It takes an argument by its beginning, too, so ours are asked for in full.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.profiles.glue import GlueProfile
from catalog.profiles.settings import load_settings, setting_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JOB_OPTIONS = {
    "landing": "the drop folder to ingest, an address on S3; by default the drop bucket",
    "rebuild": "true: make the table anew from all of its inputs",
    "writers": "of the job that erases: names of all other jobs, separated by commas; it waits until none of them runs",
}
"""Arguments of a job besides the settings (``catalog.profiles.settings``)."""


@dataclass(frozen=True)
class GlueArguments:
    """What Glue was asked to run.

    Attributes:
        job_name: the job.
        run_id: Glue's id of this run of it.
        options: those of ``JOB_OPTIONS`` that were given.
        settings: settings that were given.
    """

    job_name: str
    run_id: str
    options: Mapping[str, str]
    settings: Mapping[str, str]

    def profile(self) -> GlueProfile:
        """The lake to work on, whose Spark is Glue's; STEDI_ENDPOINT puts an emulator in AWS's place."""
        return GlueProfile(load_settings(self.settings), os.environ.get("STEDI_ENDPOINT"), hosted=True)


def started_by_glue(argv: Sequence[str]) -> bool:
    """Whether these are a Glue job's arguments, and Glue's own library is there."""
    return _is_given("JOB_NAME", argv) and importlib.util.find_spec("awsglue") is not None


def glue_arguments(argv: Sequence[str]) -> GlueArguments:
    """The arguments of this job run; ``argv`` begins with the script, as in ``sys.argv``.

    Raises:
        UsageError: one of them has no value.
    """
    from awsglue.utils import GlueArgumentError, getResolvedOptions

    given = [name for name in (*setting_names(), *JOB_OPTIONS) if _is_given(name, argv)]
    try:
        resolved = getResolvedOptions(list(argv), ["JOB_NAME", *given])
    except GlueArgumentError as error:
        raise UsageError(f"the job's arguments cannot be read: {error}") from error
    chosen = {name: str(resolved[name]) for name in given}
    return GlueArguments(
        str(resolved["JOB_NAME"]),
        str(resolved.get("JOB_RUN_ID") or ""),
        {name: value for name, value in chosen.items() if name in JOB_OPTIONS},
        {name: value for name, value in chosen.items() if name not in JOB_OPTIONS},
    )


def _is_given(name: str, argv: Sequence[str]) -> bool:
    return any(each == f"--{name}" or each.startswith(f"--{name}=") for each in argv)
