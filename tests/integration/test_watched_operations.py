"""Watching operations: no error ends it, and no client's trouble is another's."""

import json
import uuid
from collections.abc import Collection, Iterator

import pytest
from django.db import InterfaceError

from events import watched_operations
from events.clock import utc_now
from events.intake.accept import accept_batch
from events.operations import OperationStatus, find_operations
from events.watched_operations import Watchers
from tests.support.pipeline import heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def watchers() -> Iterator[Watchers]:
    """Those of a process of its own, which ends with the test."""
    made = Watchers()
    yield made
    assert made._thread is not None
    made._thread.stop()
    made._wanted.set()
    assert made._thread.join(30)


def operation() -> uuid.UUID:
    """One that has just begun."""
    body = json.dumps(heartbeat("ann", "alien", 10)).encode()
    return accept_batch([body], type_name="heartbeat", now=utc_now()).operation_id


@pytest.mark.parametrize("error", [InterfaceError("connection already closed"), RuntimeError("anything")])
def test_watching_goes_on_after_an_error(monkeypatch: pytest.MonkeyPatch, watchers: Watchers, error: Exception) -> None:
    # given
    looks = 0

    def fail_at_first(operation_ids: Collection[uuid.UUID]) -> list[OperationStatus]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise error
        return find_operations(operation_ids)

    monkeypatch.setattr(watched_operations, "find_operations", fail_at_first)
    # when
    watch = watchers.watch(operation())
    # then
    assert watch.news.get(timeout=30).id == watch.operation_id
    watch.close()
    # and somebody who comes when nobody watched is served too
    again = watchers.watch(operation())
    assert again.news.get(timeout=30).id == again.operation_id
    again.close()


def test_a_client_that_cannot_be_told_keeps_no_other_from_being_told(watchers: Watchers) -> None:
    # given clients whose event loops are closed, and one that is well
    def closed() -> None:
        raise RuntimeError("Event loop is closed")

    operation_id = operation()
    gone = [watchers.watch(operation_id) for _ in range(10)]
    for watch in gone:
        watch.on_news = closed
    watch = watchers.watch(operation_id)
    # then the one hears of its operation again and again, and the others' places are free
    for _ in range(2):
        assert watch.news.get(timeout=30).id == operation_id
    assert watchers.count == 1
    watch.close()
