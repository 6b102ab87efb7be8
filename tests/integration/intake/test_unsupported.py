"""Events of types that nobody knows yet are told of in the log."""

import logging
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from events.intake.accept import accept_batch, accept_one, unsupported_log

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[object, object]]:
    lines = [vars(record) for record in caplog.records if vars(record).get("action") == "unsupported"]
    return [(line.get("type", line.get("by_type")), line["events"]) for line in lines]


def test_a_new_type_is_told_at_once_and_then_counted(caplog: pytest.LogCaptureFixture) -> None:
    rating, review = f"rating-{uuid4()}", f"review-{uuid4()}"
    caplog.set_level(logging.WARNING)
    unsupported_log.report()
    caplog.clear()

    accept_one(b'{"type": "%s", "stars": 5}' % rating.encode(), type_name=None, now=NOW)
    accept_batch([b'{"type": "%s"}' % name.encode() for name in (rating, review, rating)], type_name=None, now=NOW)
    accept_batch([b'{"stars": 4}'] * 3, type_name=rating, now=NOW)

    assert told(caplog) == [(rating, 1), (review, 1)]
    unsupported_log.report()
    assert told(caplog)[2:] == [({rating: 5}, 5)]
