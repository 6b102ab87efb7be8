"""Whichever of a user's events comes first, the user is told the same."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.models import Notification
from tests.property.rollback import undone
from tests.support.fitness import Event, accept, launch, program
from tests.support.pipeline import process

#: Close to each other and at the bounds of both rules; several may share a moment.
MINUTES = st.sampled_from([0, 3, 5, 10, 10.5, 15, 30, 33, 33.5, 40, 41])


@st.composite
def activities(draw: st.DrawFn) -> list[Event]:
    """Up to five things that one user did."""
    kind = st.one_of(
        st.builds(launch, MINUTES, device=st.sampled_from(["phone", "watch"])),
        st.builds(
            program, st.sampled_from(["started", "cancelled", "finished"]), MINUTES, of=st.sampled_from(["a", "b"])
        ),
    )
    return draw(st.lists(kind, min_size=2, max_size=5))


@pytest.mark.django_db
@given(events=activities(), data=st.data())
def test_every_order_of_arrival_and_of_processing_gives_the_same_notifications(
    events: list[Event], data: st.DataObject
) -> None:
    with undone():
        # given a user for each order in which the events may arrive, one request after the other
        orders = list(permutations(events))
        chunks: list[int] = []
        for arriving in zip(*orders, strict=True):
            chunks += accept(event | {"user_id": f"user {number}"} for number, event in enumerate(arriving))
        # when they are processed, in any order
        process(data.draw(st.permutations(chunks)))
        # then all users are told the same
        told: dict[str, list[object]] = {f"user {number}": [] for number in range(len(orders))}
        for row in Notification.objects.order_by("rule", "item_key", "occurred_at"):
            body = {name: value for name, value in row.body.items() if name != "user_id"}
            told[row.user_key].append((row.rule, row.occurred_at, row.deadline_at, row.state, row.reason, body))
        assert all(rows == told["user 0"] for rows in told.values())
