"""Partitions of the events table: one a month of receipt, made ahead. A DEFAULT partition catches what has none."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from django.db import connection

from events.conf import conf
from events.database import execute
from events.ids import lowest_id_at


def ensure_partitions(*, now: datetime) -> list[str]:
    """Makes this month's partition and those of the months ahead; answers their names."""
    months = [_month(now, ahead) for ahead in range(conf.PARTITION_MONTHS_AHEAD + 2)]
    names = []
    for start, end in pairwise(months):
        name = f"events_{start:%Y_%m}"
        execute(
            f"CREATE TABLE IF NOT EXISTS {connection.ops.quote_name(name)} PARTITION OF events "
            "FOR VALUES FROM (%(lowest)s) TO (%(next_lowest)s)",
            {"lowest": lowest_id_at(start), "next_lowest": lowest_id_at(end)},
        )
        names.append(name)
    return names


def _month(now: datetime, ahead: int) -> datetime:
    years, month = divmod(now.month - 1 + ahead, 12)
    return datetime(now.year + years, month + 1, 1, tzinfo=UTC)
