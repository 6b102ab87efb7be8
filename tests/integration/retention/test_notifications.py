"""A notification that was deleted for its age stays decided, whatever arrives late."""

from datetime import timedelta

import pytest

from events.clock import utc_now
from events.database import fetch_all
from events.projections import in_lock_order
from events.records import EventRecord, decode_payload
from events.retention.pruning import prune
from events.retention.registry import prunings
from notifications.models import Notification, NotifiedUser, State
from tests.integration.concurrency.gate import Gate
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import MORNING, accept, happen, ids, launch, notifications, once_settled, program
from tests.support.notifications import decide, deliver

pytestmark = pytest.mark.django_db(transaction=True)


def prune_after(days: int) -> int:
    """What beat does after so many days; notifications deleted."""
    return prune(prunings(), now=utc_now() + timedelta(days=days), seconds=60)["notifications"]


@pytest.fixture
def sent(receiver: Receiver) -> Receiver:
    """Jane was pushed at 10 minutes and congratulated for her training from 20 to 60, and both is forgotten."""
    happen(launch(0), program("started", 20), program("finished", 60))
    deliver(ids(), clock=once_settled)
    assert len(notifications(State.SENT)) == 2
    assert prune_after(89) == 0
    assert prune_after(91) == 2
    assert notifications() == []
    receiver.calls.clear()
    return receiver


def everything_is_silent(receiver: Receiver) -> None:
    deliver(ids(), clock=once_settled)
    assert (notifications(State.PENDING), notifications(State.SENT), receiver.calls) == ([], [], [])


@pytest.mark.parametrize(
    "late",
    [launch(3), launch(-1), launch(10), program("started", 5), program("finished", 60), program("started", 19)],
    ids=str,
)
def test_a_late_event_of_that_time_brings_nothing_back(sent: Receiver, late: dict[str, object]) -> None:
    happen(late)
    everything_is_silent(sent)


def test_an_event_that_is_taken_out_brings_nothing_back(sent: Receiver) -> None:
    (chunk,) = accept([program("started", 5)])
    ((payload,),) = fetch_all("SELECT payload FROM chunks WHERE id = %(id)s", {"id": chunk})
    taken_out: list[EventRecord] = decode_payload(payload)
    for projection in in_lock_order():
        projection.repair(taken_out, now=utc_now())
    everything_is_silent(sent)


def test_what_happens_afterwards_is_notified_of_as_always(sent: Receiver) -> None:
    happen(launch(60.5))
    deliver(ids(), clock=once_settled)
    assert notifications(State.SENT) == [("start_training", "jane", 60.5)]


def test_a_late_launch_of_that_time_keeps_no_later_one_from_opening_an_episode(sent: Receiver) -> None:
    happen(launch(61), launch(55))
    assert notifications(State.PENDING) == [("start_training", "jane", 61)]


def test_other_users_are_not_concerned(sent: Receiver) -> None:
    happen(launch(3, user="bob"))
    assert notifications(State.PENDING) == [("start_training", "bob", 3)]


def test_it_is_remembered_until_when(sent: Receiver) -> None:
    assert [(row.user_key, row.forgotten_until) for row in NotifiedUser.objects.all()] == [
        ("jane", MORNING + timedelta(minutes=60))
    ]


def test_what_is_open_stays_and_what_was_prevented_goes() -> None:
    happen(launch(0), program("started", 5), launch(30))
    assert len(notifications(State.CANCELLED)) == len(notifications(State.PENDING)) == 1
    assert prune_after(91) == 1
    assert notifications() == [("start_training", "jane", 30)]
    decide(ids(), now=once_settled())
    assert prune_after(91) == 0


def test_one_that_an_operator_has_sent_again_stays(receiver: Receiver, gate: Gate) -> None:
    """It became pending between the moment it was found and the moment it would have gone."""
    happen(launch(0))
    deliver(ids(), clock=once_settled)
    again = "UPDATE notifications SET state = 'pending', finished_at = NULL, attempts = 0"
    gate.hold(again)
    pruned = gate.start(lambda: prune_after(91))
    gate.wait_for_waiters(1)
    gate.commit()
    pruned.result(timeout=30)
    assert Notification.objects.get().state == State.PENDING


def test_a_user_who_is_being_planned_for_is_not_waited_for(receiver: Receiver, gate: Gate) -> None:
    happen(launch(0), launch(0, user="bob"))
    deliver(ids(), clock=once_settled)
    gate.hold("SELECT 1 FROM notification_users WHERE user_key = 'bob' FOR UPDATE")
    assert prune_after(91) == 1
    assert notifications() == [("start_training", "bob", 0)]
    gate.open()
    assert prune_after(91) == 1
