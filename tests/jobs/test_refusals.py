"""How much of a delivery may be refused, as settings say it, and what is said of what was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.errors import UsageError
from catalog.profiles.settings import Settings, load_settings
from catalog.specs.landing import SOURCES
from jobs.run.refusals import Tolerance, advice, refusals, tolerance_of, unrecognised_warning


def test_a_twentieth_is_tolerated_where_nothing_is_said() -> None:
    assert tolerance_of(Settings()) == Tolerance(Decimal("0.05"), 20, strict=False, accepted=False)


def test_settings_of_the_environment_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_REFUSED_SHARE", "0.2")
    monkeypatch.setenv("STEDI_STRICT", "true")
    assert tolerance_of(load_settings()) == Tolerance(Decimal("0.2"), strict=True)
    assert tolerance_of(load_settings({"strict": "no", "accept_refused": "True"})) == Tolerance(
        Decimal("0.2"), accepted=True
    )
    assert tolerance_of(Settings(), strict=True, accepted=True) == Tolerance(strict=True, accepted=True)
    assert Tolerance(accepted=True).table().to_pylist() == [{"share": Decimal(1), "least": 20, "strict": False}]


@pytest.mark.parametrize("share", ["-0.1", "1.1", "5 %", "nan", "inf"])
def test_what_is_no_share(share: str) -> None:
    with pytest.raises(UsageError, match="a number from 0 to 1"):
        tolerance_of(Settings(refused_share=share))


@pytest.mark.parametrize("name", ["strict", "accept_refused"])
def test_what_is_neither_true_nor_false(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is 'maybe'; it must be true or false"):
        tolerance_of(Settings(**{name: "maybe"}))


def test_what_was_refused_is_said_by_source_and_reason() -> None:
    rows = [("customer", "wrong_type", 3, 1), ("customer", "email_shape", 5, 0), ("step_trainer", "not_finite", 1, 0)]
    customer, step_trainer = refusals({"customer": 1_992, "accelerometer": 7}, rows, SOURCES)
    assert str(customer) == "8 of 2,000 customer records refused (email_shape 5, wrong_type 3)"
    assert str(step_trainer) == "1 of 1 step_trainer records refused (not_finite 1)"
    assert unrecognised_warning([step_trainer]) == []
    [warning] = unrecognised_warning([customer, step_trainer])
    assert warning.startswith("1 refused customer record without a recognised person")
    assert "--strict" in warning
    assert advice([customer]).splitlines()[0].strip() == str(customer)
    assert "--accept-refused" in advice([customer])


def test_only_the_commonest_reasons_are_said() -> None:
    [found] = refusals({}, [("customer", f"reason{n}", n, 0) for n in range(1, 9)], SOURCES)
    assert str(found).endswith("(reason8 8, reason7 7, reason6 6, reason5 5, reason4 4, …)")
