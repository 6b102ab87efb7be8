"""The events table's partitions: a month each, made ahead, with nothing between them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from events.ids import lowest_id_at
from events.pipeline.partitions import ensure_partitions

pytestmark = pytest.mark.django_db


def partition_of(moment: datetime) -> str:
    """In which partition an event received then is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO events (id, type, user_key, time, chunk_id, data)
            VALUES (%(id)s, 'heartbeat', 'ann', now(), 0, '{}') RETURNING tableoid::regclass::text
            """,
            {"id": lowest_id_at(moment)},
        )
        name: str = cursor.fetchone()[0]
        return name


def test_months_are_made_ahead_and_again_without_harm() -> None:
    now = datetime(2030, 11, 20, tzinfo=UTC)
    names = ensure_partitions(now=now)
    assert names == ensure_partitions(now=now)
    assert names == ["events_2030_11", "events_2030_12", "events_2031_01"]


def test_an_event_is_stored_in_the_month_of_its_receipt() -> None:
    ensure_partitions(now=datetime(2030, 11, 20, tzinfo=UTC))
    assert partition_of(datetime(2030, 11, 30, 23, 59, 59, 999000, tzinfo=UTC)) == "events_2030_11"
    assert partition_of(datetime(2030, 12, 1, tzinfo=UTC)) == "events_2030_12"
    assert partition_of(datetime(2031, 1, 31, 23, 59, 59, 999000, tzinfo=UTC)) == "events_2031_01"
    assert partition_of(datetime(2040, 1, 1, tzinfo=UTC)) == "events_default"
