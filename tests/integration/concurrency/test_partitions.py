"""Making partitions while others do the same, or read, and after a crash."""

from collections.abc import Iterator

import pytest

from events.pipeline import partitions
from events.pipeline.partitions import ensure_partitions
from tests.integration.concurrency.gate import Gate
from tests.support.partitions import attached, drop, month, store, stored


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Lets a test commit, and drops the partitions it made."""
    before = attached()
    yield
    drop(attached() - before)


def test_two_runs_at_once_move_everything_once(committed: None, gate: Gate) -> None:
    expected = {f"events_{month(number):%Y_%m}": store(month(number), 50) for number in range(3)}
    made = gate.pass_together(
        "LOCK TABLE events IN ACCESS EXCLUSIVE MODE", *[lambda: ensure_partitions(now=month(2))] * 2
    )
    assert sorted(map(len, made)) == [0, 5]
    assert stored() == expected


def test_who_reads_for_long_keeps_partitions_from_being_made_and_nothing_else(committed: None, gate: Gate) -> None:
    expected = store(month(0))
    gate.hold("LOCK TABLE events IN ACCESS SHARE MODE")
    assert ensure_partitions(now=month(0)) == []
    expected |= store(month(0, day=20))  # nothing is held up behind an attempt
    gate.open()
    assert ensure_partitions(now=month(0)) == ["events_2030_01", "events_2030_02", "events_2030_03"]
    assert stored() == {"events_2030_01": expected}


def test_a_copy_that_a_crash_left_is_made_anew(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"events_2030_01": store(month(0), 3)}
    with monkeypatch.context() as crash:
        crash.setattr(partitions, "attach", _die)
        with pytest.raises(KeyboardInterrupt):
            ensure_partitions(now=month(0))
    assert stored() == {"events_default": expected["events_2030_01"]}
    ensure_partitions(now=month(0))
    assert stored() == expected


def _die(_: partitions.Month) -> None:
    raise KeyboardInterrupt
