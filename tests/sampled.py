"""A sample of many cases for `make test`; the others are tried by `make test-faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


def sampled(cases: Sequence[tuple[Any, ...]], one_in: int) -> list[Any]:
    """The cases as parameters; all but one in so many are marked ``faults``."""
    return [
        pytest.param(*case, marks=[] if number % one_in == 0 else [pytest.mark.faults])
        for number, case in enumerate(cases)
    ]
