"""Slots for deliveries: as many as there are, and room for what has not failed before."""

import threading

from notifications.decision import DueNotification
from notifications.delivery_slots import Slots
from tests.support.notifications import due


def names(taken: list[DueNotification]) -> list[str]:
    return [each.id for each in taken]


def test_first_attempts_can_have_all_slots_and_come_before_retries() -> None:
    slots = Slots(4, for_retries=2)
    assert names(slots.take([due("old", attempts=1), *map(due, "abcde")], seconds=0)) == ["a", "b", "c", "d"]
    assert (slots.free, slots.free_for_retries) == (0, 0)
    assert slots.take([due("f")], seconds=0) == []


def test_retries_leave_slots_to_first_attempts() -> None:
    slots = Slots(4, for_retries=2)
    assert names(slots.take([due(name, attempts=3) for name in "abc"], seconds=0)) == ["a", "b"]
    assert (slots.free, slots.free_for_retries) == (2, 0)
    assert names(slots.take([due("c", attempts=3), due("new")], seconds=0)) == ["new"]


def test_what_gives_its_slot_back_makes_room_for_its_like() -> None:
    slots = Slots(2, for_retries=1)
    retry, first = slots.take([due("old", attempts=1), due("new")], seconds=0)[::-1]
    slots.release([first])
    assert (slots.free, slots.free_for_retries) == (1, 0)
    slots.release([retry])
    assert (slots.free, slots.free_for_retries) == (2, 1)


def test_who_needs_more_slots_than_are_free_waits_for_them() -> None:
    slots = Slots(3, for_retries=1)
    first, second, _ = slots.take([due(name) for name in "abc"], seconds=0)
    got: list[str] = []
    waiting = threading.Thread(
        target=lambda: got.extend(names(slots.take([due("d"), due("e")], seconds=3600))), daemon=True
    )
    waiting.start()
    slots.release([first])
    # one is not enough for it, and is left to who needs no more
    (small,) = slots.take([due("f")], seconds=30)
    slots.release([small])
    assert waiting.is_alive()
    slots.release([second])
    waiting.join(30)
    assert got == ["d", "e"]


def test_after_the_seconds_given_who_waits_takes_what_there_is() -> None:
    slots = Slots(2, for_retries=1)
    slots.take([due("a")], seconds=0)
    assert names(slots.take([due("b"), due("c")], seconds=0.01)) == ["b"]
    assert slots.take([due("d")], seconds=0.01) == []
