"""Deliveries of notifications, whatever the service sends and however many are due."""

from hypothesis import given
from hypothesis import strategies as st

from notifications import outcome
from notifications.delivery_slots import Slots
from notifications.outcome import outcome_of, retry_or_fail
from tests.support.notifications import due


@given(status=st.sampled_from([400, 500]), body=st.binary(max_size=2000), attempts=st.sampled_from([1, 8]))
def test_every_body_gives_a_reason_that_is_short_and_can_be_stored(status: int, body: bytes, attempts: int) -> None:
    reason = outcome_of(status, body, attempts=attempts, retry_after=None).reason
    assert "\0" not in reason
    assert reason.encode()
    assert len(reason) <= outcome.MOST_REASON_CHARACTERS


@given(text=st.text(st.characters(), max_size=600))
def test_every_text_can_be_a_reason(text: str) -> None:
    reason = retry_or_fail("\ud800\0" + text, attempts=1).reason
    assert "\0" not in reason
    assert reason.encode()


@given(st.lists(st.integers(0, 3), max_size=30))
def test_no_more_slots_are_taken_than_there_are_and_all_can_be_given_back(attempts: list[int]) -> None:
    slots = Slots(10, for_retries=5)
    wanted = [due(str(number), attempts=each) for number, each in enumerate(attempts)]
    taken = slots.take(wanted, seconds=0)
    firsts, retries = [sum(is_retry == (each.attempts > 0) for each in wanted) for is_retry in (False, True)]
    assert sum(not each.attempts for each in taken) == min(10, firsts)
    assert sum(each.attempts > 0 for each in taken) == min(5, retries, 10 - min(10, firsts))
    slots.release(taken)
    assert (slots.free, slots.free_for_retries) == (10, 5)
