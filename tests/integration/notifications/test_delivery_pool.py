"""Many deliveries under way: slow ones hold up nobody, leases are kept, outcomes are recorded, slots are shared out."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import InterfaceError, OperationalError
from pytest_django import Settings
from werkzeug import Response

from notifications import delivery
from notifications.decision import Delivery
from notifications.delivery import DeliveryPool
from notifications.models import Notification, State
from notifications.outcome import Outcome
from notifications.save_outcomes import Finished, record
from tests.integration.notifications.conftest import Receiver
from tests.support.dripping_service import DrippingService, serve
from tests.support.fitness import accept, happen, ids, launch, once_settled
from tests.support.notifications import decide, finish, keep_until
from tests.support.pipeline import process
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def dripping(settings: Settings) -> Iterator[DrippingService]:
    """A service that drips its responses to users whose name begins so."""
    with serve(DrippingService(drips=lambda user: user.startswith("dripping"))) as service:
        settings.NOTIFY_URL = service.url
        yield service


def states() -> dict[str, str]:
    """Of each user's notification."""
    return dict(Notification.objects.values_list("user_key", "state"))


def attempts() -> dict[str, int]:
    """Of each user's notification."""
    return dict(Notification.objects.values_list("user_key", "attempts"))


def launches(*users: str) -> None:
    """Gives each user a push that is due once it has settled."""
    process(accept(launch(0, user=user) for user in users))


def test_what_has_a_response_is_recorded_while_others_drip(dripping: DrippingService, settings: Settings) -> None:
    pool = DeliveryPool(clock=once_settled)
    launches("dripping", "healthy")
    pool.deliver(ids())
    keep_until(pool, lambda: states()["healthy"] == State.SENT, what="the healthy one is sent")
    assert states() == {"dripping": State.LEASED, "healthy": State.SENT}
    assert not pool.is_idle
    dripping.stop()
    finish(pool)


def test_a_response_that_drips_is_given_up_in_time(dripping: DrippingService, settings: Settings) -> None:
    settings.NOTIFY_TIMEOUT_SECONDS = 0.3
    pool = DeliveryPool(clock=once_settled)
    launches("dripping")
    pool.deliver(ids())
    finish(pool)
    row = Notification.objects.get()
    assert (row.state, row.attempts) == (State.PENDING, 1)
    assert row.reason == "the notification service took longer than 0.3 s"
    wait_until(lambda: dripping.hung_up == ["dripping"], what="the connection is closed")
    assert pool.slots.free == delivery.SIMULTANEOUS


def test_a_head_that_says_2xx_is_enough(dripping: DrippingService, settings: Settings) -> None:
    settings.NOTIFY_TIMEOUT_SECONDS = 2
    dripping.head = b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n"
    pool = DeliveryPool(clock=once_settled)
    launches("dripping")
    pool.deliver(ids())
    finish(pool)
    assert states() == {"dripping": State.SENT}


def test_leases_are_renewed_until_the_response_comes(dripping: DrippingService, settings: Settings) -> None:
    moment = once_settled()
    pool = DeliveryPool(clock=lambda: moment)
    launches("dripping")
    pool.deliver(ids())
    moment += timedelta(seconds=100)
    lease_until = moment + timedelta(seconds=2)
    keep_until(pool, lambda: Notification.objects.get().next_at == lease_until, what="the lease is renewed")
    assert decide(ids(), now=lease_until - timedelta(milliseconds=1)).deliveries == []
    dripping.stop()
    finish(pool)


def test_retries_leave_slots_to_first_attempts(dripping: DrippingService) -> None:
    moment = once_settled()
    pool = DeliveryPool(simultaneous=4, clock=lambda: moment)
    launches(*(f"dripping {number}" for number in range(4)))
    Notification.objects.update(attempts=1)
    launches("healthy")
    _, begun = pool.deliver(ids())
    assert len(begun) == 3
    assert pool.slots.free_for_retries == 0
    assert sorted(attempts().values()) == [1, 1, 1, 2, 2], "what found no slot was not attempted"
    keep_until(pool, lambda: states()["healthy"] == State.SENT, what="the healthy one is sent")
    dripping.stop()
    finish(pool)


def test_what_finds_no_slot_stays_due(dripping: DrippingService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SLOT_WAIT_SECONDS", 0.01)
    pool = DeliveryPool(simultaneous=2, clock=once_settled)
    launches("dripping 1", "dripping 2")
    pool.deliver(ids())
    launches("healthy")
    _, begun = pool.deliver(ids())
    assert begun == []
    assert (states()["healthy"], attempts()["healthy"]) == (State.PENDING, 0)
    dripping.stop()
    finish(pool)
    pool.deliver(ids())
    finish(pool)
    assert states()["healthy"] == State.SENT


def test_a_notification_that_needs_no_push_any_more_gives_its_slot_back(receiver: Receiver) -> None:
    pool = DeliveryPool(clock=once_settled)
    launches("ann", "bob")
    found = ids()
    decide(found[:1], now=once_settled())
    pool.deliver(found)
    finish(pool)
    assert pool.slots.free == delivery.SIMULTANEOUS
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_outcomes_are_recorded_when_the_database_is_back(
    error: type[Exception], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [error("gone"), error("gone")]

    def record_later(finished: list[Finished], *, now: datetime) -> None:
        if failures:
            raise failures.pop()
        record(finished, now=now)

    monkeypatch.setattr(delivery, "record", record_later)
    pool = DeliveryPool(clock=once_settled)
    launches("ann")
    pool.deliver(ids())
    for _ in range(2):
        with pytest.raises(error):
            finish(pool)
    assert states() == {"ann": State.LEASED}
    finish(pool)
    assert states() == {"ann": State.SENT}
    assert len(receiver.calls) == 1


def test_an_outcome_that_can_never_be_recorded_holds_up_no_other(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(finished: list[Finished], *, now: datetime) -> None:
        raise ValueError("unspeakable")

    pool = DeliveryPool(clock=once_settled)
    launches("ann")
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "record", refuse)
        pool.deliver(ids())
        with pytest.raises(ValueError, match="unspeakable"):
            finish(pool)
    launches("bob")
    pool.deliver(ids())
    finish(pool)
    assert states() == {"ann": State.LEASED, "bob": State.SENT}


def test_an_error_of_ours_is_another_attempt_and_gives_the_slot_back(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> Outcome:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(delivery, "attempt", fail)
    pool = DeliveryPool(clock=once_settled)
    launches("ann")
    pool.deliver(ids())
    finish(pool)
    row = Notification.objects.get()
    assert (row.state, row.reason, row.attempts) == (State.PENDING, "ZeroDivisionError: oh", 1)
    assert pool.slots.free == delivery.SIMULTANEOUS
    assert [record.exc_info is not None for record in caplog.records if record.levelno == logging.ERROR] == [True]


def test_an_error_of_the_database_gives_the_slots_back(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> list[Delivery]:
        raise OperationalError("gone")

    pool = DeliveryPool(clock=once_settled)
    launches("ann", "bob")
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "lease", fail)
        with pytest.raises(OperationalError):
            pool.deliver(ids())
    assert pool.slots.free == delivery.SIMULTANEOUS
    assert pool.is_idle


def test_what_the_service_says_can_be_recorded_whatever_it_is(receiver: Receiver) -> None:
    receiver.answers = [Response(b"a\0b\xff", status=500)]
    pool = DeliveryPool(clock=once_settled)
    happen(launch(0))
    pool.deliver(ids())
    finish(pool)
    assert Notification.objects.get().reason == "HTTP 500: a\ufffdb\ufffd"


def test_only_who_holds_the_lease_records_and_renews(receiver: Receiver) -> None:
    # given a worker whose lease ran out, and another that took the notification over
    happen(launch(0))
    first = decide(ids(), now=once_settled())
    second = decide(ids(), now=first.lease_until)
    (late,), (current,) = first.deliveries, second.deliveries
    # then neither what the first one records nor its renewal has an effect
    record([(late, Outcome(State.FAILED, "too late"))], now=second.lease_until)
    delivery.renew([late], now=second.lease_until)
    row = Notification.objects.get()
    assert (row.state, row.next_at, row.lease_token) == (State.LEASED, second.lease_until, current.token)
    # and what the second one says counts
    delivery.renew([late, current], now=second.lease_until)
    assert Notification.objects.get().next_at == second.lease_until + timedelta(seconds=2)
    record([(late, Outcome(State.FAILED)), (current, Outcome(State.SENT))], now=second.lease_until)
    row.refresh_from_db()
    assert (row.state, row.reason, row.lease_token) == (State.SENT, "", None)
