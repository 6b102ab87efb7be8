"""What the tests of retention share."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from events.database import execute, fetch_all
from tests.integration.concurrency.conftest import gate as gate
from tests.integration.notifications.conftest import receiver as receiver


@pytest.fixture
def thirty_days(settings: Settings) -> Iterator[None]:
    """Events are kept for thirty days; what partitions were made for old ones are gone afterwards."""
    settings.RETENTION_DAYS = 30
    yield
    execute("TRUNCATE events")
    for (name,) in fetch_all(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ 'events_[0-9]{4}_[0-9]{2}$'"
    ):
        execute(f"DROP TABLE {connection.ops.quote_name(name)}")
