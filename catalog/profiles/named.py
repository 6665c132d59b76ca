"""The profile that a command line names."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.profiles.profile import local_profile

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import Profile


class ProfileName(StrEnum):
    """Where the lake is kept: in a folder, in an emulator of AWS on this machine, or on AWS."""

    LOCAL = "local"
    EMULATED = "emulated"
    AWS = "aws"


def profile_named(name: ProfileName, lake: Path) -> Profile:
    """The profile, with the settings of this call.

    Args:
        name: which.
        lake: the folder of a local lake.

    Raises:
        UsageError: a setting cannot be read, or no emulator is told of.
    """
    if name is ProfileName.LOCAL:
        return local_profile(lake)
    from catalog.profiles.glue import aws_profile, emulated_profile
    from catalog.profiles.settings import load_settings

    if name is ProfileName.AWS:
        return aws_profile(load_settings())
    endpoint = os.environ.get("STEDI_ENDPOINT")
    if not endpoint:
        raise UsageError(
            "no emulator is known: start one with: stedi emulator, and set STEDI_ENDPOINT "
            "to the address that it prints; or run everything at once with: stedi --profile emulated demo"
        )
    return emulated_profile(endpoint)
