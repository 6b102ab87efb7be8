"""Every table and every Redis key is declared, with when it goes; each deletion finds its rows through an index."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from events.clock import utc_now
from events.database import execute, fetch_all
from events.ids import lowest_id_at
from events.pipeline.partitions import Month, ensure_partitions
from events.queries import queries as of_events
from events.retention.pruning import OldRows, Pruning
from events.retention.registry import prunings, redis_keys, tables
from notifications.queries import queries as of_notifications
from watchtime.queries import queries as of_watchtime

ROOT = Path(__file__).resolve().parents[3]
OURS = ("config", "events", "watchtime", "notifications")
TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


@pytest.mark.django_db
def test_every_table_of_the_database_is_declared_and_no_other() -> None:
    assert {name for (name,) in fetch_all(TABLES)} == set(tables.keys())


def test_every_redis_key_in_the_code_is_declared_and_no_other() -> None:
    written = set(keys_in_the_code())
    undeclared = {key for key in written if not any(kept.is_name_of(key) for kept in redis_keys)}
    assert undeclared == set()
    ours = {kept.name for kept in redis_keys if kept.name.startswith("tidemark:")}
    assert {name for name in ours if not any(redis_keys.get(name).is_name_of(key) for key in written)} == set()


def keys_in_the_code() -> Iterator[str]:
    """Texts that begin like a key of ours, `x` for what is put in; as prose lists them, and as code writes them."""
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            if "retention" in path.name or "retention" in path.parts:
                continue
            nodes = list(ast.walk(ast.parse(path.read_text())))
            parts = {part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
            for node in nodes:
                if isinstance(node, ast.JoinedStr):
                    yield from whole_keys("".join(text_of(part) for part in node.values))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
                    yield from whole_keys(node.value)


def text_of(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "x"


def whole_keys(text: str) -> list[str]:
    found = re.findall(r"\btidemark:[\w:<>-]+", text)
    # A prefix that something is put behind; a list in prose ends with a comma.
    return [key + "x" if key.endswith(":") else key for key in found]


@pytest.mark.django_db
@pytest.mark.parametrize("pruning", prunings(), ids=lambda pruning: pruning.table)
def test_a_deletion_finds_its_rows_through_the_index_that_it_names(pruning: Pruning) -> None:
    if not isinstance(pruning, OldRows):
        pytest.skip("it has queries of its own, which name theirs")
    # Tests have few rows, which PostgreSQL would rather read whole.
    execute("SET LOCAL enable_seqscan = off")
    execute("SET LOCAL enable_bitmapscan = off")
    parameters = {"before": "2026-01-01", "below": "019c0000-0000-7000-8000-000000000000", "after": None, "limit": 9}
    plan = "\n".join(line for (line,) in fetch_all(f"EXPLAIN {pruning.deletion}", parameters))
    assert f"using {pruning.uses}" in plan
    assert "Tid Scan" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


MANY_EVENTS = """
INSERT INTO events (id, type, user_key, item_key, time, chunk_id, data)
SELECT overlay(%(first)s::text placing lpad(to_hex(number), 12, '0') from 25 for 12)::uuid,
    (ARRAY['heartbeat', 'app_launch'])[1 + number %% 2], 'user ' || number / 20, 'item ' || number %% 20, now(), 0, '{}'
FROM generate_series(1, 20000) AS number
"""
MANY_NOTIFICATIONS = """
INSERT INTO notifications (
    id, rule, user_key, trigger_id, state, body,
    occurred_at, deadline_at, due_at, decided_at, next_at, finished_at, created_at
)
SELECT overlay('01900000-0000-7000-8000-000000000000' placing lpad(to_hex(number), 12, '0') from 25 for 12)::uuid,
    'a rule', 'user ' || number / 20, gen_random_uuid(), 'sent', '{}', at, at, at, at, at, at, at
FROM generate_series(1, 20000) AS number, LATERAL (SELECT timestamptz '2025-01-01' + number * interval '1 s') AS _ (at)
"""
WALKS = {
    "dedupe_keys_pkey": (of_events.dedupe_keys_after.sql, {"after": "019c0000-0000-7000-8000-000000000000"}),
    "notifications_pkey": (
        of_notifications.claim_old_notifications.sql,
        {
            "after": "00000000-0000-0000-0000-000000000000",
            "below": "019c0000-0000-7000-8000-000000000000",
            "before": "2026-01-01",
        },
    ),
    "events_[0-9_]+_user_key_item_key_time_idx": (
        of_watchtime.pairs_of_partition.sql,
        {"types": ["heartbeat"], "user": "ann", "movie": "alien"},
    ),
    "events_[0-9_]+_user_key_item_key_time_idx ": (
        of_notifications.users_of_partition.sql,
        {"types": ["app_launch", "training_program_finished"], "after": "ann"},
    ),
}
"""What other deletions read in order, by the index that serves it."""


@pytest.mark.django_db
@pytest.mark.parametrize("index", WALKS)
def test_a_walk_reads_no_more_than_its_batch(index: str) -> None:
    ensure_partitions(now=utc_now())
    execute(MANY_EVENTS, {"first": lowest_id_at(utc_now())})
    execute(MANY_NOTIFICATIONS)
    execute("ANALYZE events, notifications")
    query, parameters = WALKS[index]
    query = query.format(partition=connection.ops.quote_name(Month.of(utc_now()).name))
    if index == "dedupe_keys_pkey":  # of a table that is empty here
        execute("SET LOCAL enable_seqscan = off")
        execute("SET LOCAL enable_bitmapscan = off")
    plan = "\n".join(line for (line,) in fetch_all(f"EXPLAIN {query}", {**parameters, "limit": 50}))
    assert re.search(rf"using {index.strip()}\b", plan), plan
    assert "Limit" in plan
    assert plan.count("Sort Key") == plan.count("Sort Key: old.user_key")  # of a batch's users
