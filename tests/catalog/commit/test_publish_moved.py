"""Tables that are published together while another writer commits between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import catalog.commit.publish as protocol
from catalog.commit.publish import complete_interrupted, publish_together
from catalog.errors import MovedError
from tests.catalog.commit.test_publish import CUSTOMERS, READINGS, _published_times, _readings, _refs, _run_id
from tests.lake import content, seed, written

if TYPE_CHECKING:
    from catalog.lake import Lake


@pytest.mark.parametrize("crashes", [True, False])
def test_appends_follow_what_others_published_between_two_tables(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, crashes: bool
) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    seed(lake, CUSTOMERS, [], replaces=True)
    run_id = _run_id()
    customer = [{"email": "n@example.test", "person": "n@example.test"}]
    customers = written(lake, CUSTOMERS, customer, run_id=run_id)
    readings = written(lake, READINGS, _readings(5), run_id=run_id)
    genuine = protocol._fast_forward

    def overtaken(*arguments: Any, **named: Any) -> None:
        genuine(*arguments, **named)
        monkeypatch.undo()
        seed(lake, READINGS, _readings(3))
        if crashes:
            raise KeyboardInterrupt

    monkeypatch.setattr(protocol, "_fast_forward", overtaken)
    with pytest.raises(KeyboardInterrupt if crashes else MovedError):
        publish_together(lake, [customers, readings], run_id)
    assert complete_interrupted(lake, [CUSTOMERS, READINGS]) == ([run_id] if crashes else [])
    assert _published_times(lake) == [1, 3, 5]
    assert len(content(lake, CUSTOMERS)) == 1
    assert not {ref for spec in (CUSTOMERS, READINGS) for ref in _refs(lake, spec) if run_id in ref}


def test_nothing_is_published_where_one_of_them_moved_before(lake: Lake) -> None:
    seed(lake, READINGS, _readings(1), replaces=True)
    seed(lake, CUSTOMERS, [], replaces=True)
    run_id = _run_id()
    customers = written(lake, CUSTOMERS, [{"email": "n@example.test", "person": "n@example.test"}], run_id=run_id)
    readings = written(lake, READINGS, _readings(5), run_id=run_id)
    seed(lake, READINGS, _readings(3))
    with pytest.raises(MovedError):
        publish_together(lake, [customers, readings], run_id)
    assert content(lake, CUSTOMERS) == []
    assert complete_interrupted(lake, [CUSTOMERS, READINGS]) == []
