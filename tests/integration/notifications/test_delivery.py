"""Posting notifications: what the service answers, and what follows."""

import threading
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from events.clock import utc_now
from notifications.models import Notification, State
from notifications.operator_actions import send_again
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import happen, ids, launch, once_settled
from tests.support.notifications import decide
from tests.support.notifications import deliver as deliver_these

pytestmark = pytest.mark.django_db


def only() -> Notification:
    """The one notification there is."""
    return Notification.objects.get()


def deliver(*, at: datetime | None = None) -> Notification:
    """Delivers all that is due at a moment, by default when everything is."""
    moment = at or max(once_settled(), only().next_at)
    deliver_these(ids(), clock=lambda: moment)
    return only()


def test_a_notification_is_posted_once(receiver: Receiver) -> None:
    happen(launch(0))
    moment = once_settled()
    sent = deliver(at=moment)
    assert (sent.state, sent.reason, sent.attempts, sent.finished_at) == (State.SENT, "", 1, moment)
    deliver()
    ((key, body),) = receiver.calls
    assert key == str(sent.id)
    assert body.pop("message")
    assert body == {"type": "start_training", "user_id": "jane", "device_id": "phone"}


@pytest.mark.parametrize("status", [500, 503, 408, 429, 302])
def test_an_answer_that_may_change_is_tried_again_under_the_same_key(status: int, receiver: Receiver) -> None:
    happen(launch(0))
    receiver.answers = [Response("busy", status=status)] * 3
    pauses = []
    decided_at = moment = once_settled()
    for _ in range(3):
        moment = max(moment, only().next_at)
        row = deliver(at=moment)
        assert (row.state, row.reason, row.decided_at) == (State.PENDING, f"HTTP {status}: busy", decided_at)
        assert row.finished_at is None
        pauses.append((row.next_at - moment).total_seconds())
    assert 0.75 <= pauses[0] <= 1.25 <= 1.5 <= pauses[1] <= 2.5 <= 3 <= pauses[2] <= 5
    assert deliver().state == State.SENT
    assert {key for key, _ in receiver.calls} == {str(only().id)}
    assert len(receiver.calls) == 4


def test_retry_after_is_honoured(receiver: Receiver) -> None:
    happen(launch(0))
    receiver.answers = [Response(status=429, headers={"Retry-After": "90"})]
    moment = once_settled()
    assert deliver(at=moment).next_at == moment + timedelta(seconds=90)
    assert decide(ids(), now=moment + timedelta(seconds=89)).deliveries == []


def test_a_service_that_hangs_is_left_and_tried_again(
    httpserver: HTTPServer, receiver: Receiver, settings: Settings
) -> None:
    settings.NOTIFY_TIMEOUT_SECONDS = 0.2
    answer = threading.Event()

    def hang(_: Request) -> Response:
        answer.wait(30)
        return Response(status=202)

    httpserver.expect_request("/hanging").respond_with_handler(hang)
    notify_url, settings.NOTIFY_URL = settings.NOTIFY_URL, httpserver.url_for("/hanging")
    happen(launch(0))
    row = deliver()
    assert (row.state, row.attempts) == (State.PENDING, 1)
    assert row.reason == "the notification service took longer than 0.2 s"
    answer.set()
    settings.NOTIFY_URL, settings.NOTIFY_TIMEOUT_SECONDS = notify_url, 30
    assert deliver().state == State.SENT


def test_a_service_that_closes_the_connection_is_tried_again(receiver: Receiver, settings: Settings) -> None:
    import socket

    happen(launch(0))
    notify_url = settings.NOTIFY_URL
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.NOTIFY_URL = f"http://127.0.0.1:{server.getsockname()[1]}/v1/notify"
        closer = threading.Thread(target=lambda: server.accept()[0].close())
        closer.start()
        row = deliver()
        closer.join()
    assert (row.state, row.attempts) == (State.PENDING, 1)
    assert row.reason.startswith("the notification service can't be reached: ")
    settings.NOTIFY_URL = notify_url
    assert deliver().state == State.SENT


def test_an_answer_of_400_is_final_and_an_operator_can_send_it_again(receiver: Receiver) -> None:
    happen(launch(0))
    receiver.answers = [Response("no such device", status=400)]
    moment = once_settled()
    row = deliver(at=moment)
    assert (row.state, row.reason, row.attempts) == (State.FAILED, "HTTP 400: no such device", 1)
    assert row.finished_at == moment
    deliver()
    assert len(receiver.calls) == 1

    assert send_again(row.id, now=utc_now())
    row = deliver()
    assert (row.state, row.reason, row.attempts) == (State.SENT, "", 1)
    assert len({key for key, _ in receiver.calls}) == 1
    assert not send_again(row.id, now=utc_now())


def test_the_attempts_are_limited(receiver: Receiver, settings: Settings) -> None:
    settings.NOTIFY_MAX_ATTEMPTS = 3
    happen(launch(0))
    receiver.answers = [Response(status=500)] * 10
    for _ in range(5):
        row = deliver()
    assert (row.state, row.attempts) == (State.FAILED, 3)
    assert row.reason == "given up after 3 attempts; the last: HTTP 500"
    assert len(receiver.calls) == 3


def test_what_a_dead_worker_held_is_delivered_by_another_one(receiver: Receiver) -> None:
    # given a worker that died right after it took the notification
    happen(launch(0))
    taken = decide(ids(), now=once_settled())
    # then nobody else takes it while the lease holds, and somebody does afterwards
    assert deliver(at=taken.lease_until - timedelta(seconds=1)).state == State.LEASED
    assert receiver.calls == []
    assert deliver(at=taken.lease_until).state == State.SENT
    assert [key for key, _ in receiver.calls] == [delivery.id for delivery in taken.deliveries]


def test_a_notification_whose_workers_keep_dying_fails(receiver: Receiver, settings: Settings) -> None:
    settings.NOTIFY_MAX_ATTEMPTS = 2
    happen(launch(0))
    moment = once_settled()
    for _ in range(2):
        moment = decide(ids(), now=moment).lease_until
    row = deliver(at=moment)
    assert (row.state, row.reason) == (State.FAILED, "given up after 2 attempts whose worker died")
    assert receiver.calls == []


def test_without_an_address_notifications_wait(settings: Settings) -> None:
    settings.NOTIFY_URL = None
    happen(launch(0))
    assert deliver().state == State.PENDING
