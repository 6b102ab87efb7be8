"""Identities of events go at an age of their own."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from events.clock import utc_now
from events.database import execute, fetch_all
from events.ids import lowest_id_at
from events.retention import identities
from events.retention.pruning import prune
from events.retention.registry import prunings
from tests.support.pipeline import heartbeat, post, process, rows_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thirty_days")]


def test_identities_go_at_their_age_wherever_the_walk_begins(settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr(identities, "KEYS_AT_ONCE", 3)
    beats = [heartbeat(f"user {n}", "alien", n, second=n, id=f"b{n}", type="heartbeat") for n in range(20)]
    process(post(beats))
    old = uuid.UUID(int=lowest_id_at(utc_now() - timedelta(days=8)).int)
    execute(
        "UPDATE dedupe_keys SET event_id = %(old)s WHERE key >= '80000000-0000-0000-0000-000000000000'", {"old": old}
    )
    ((expected,),) = fetch_all("SELECT count(*) FROM dedupe_keys WHERE event_id = %(old)s", {"old": old})
    assert 0 < expected < 20
    assert "dedupe_keys" not in prune(prunings(), now=utc_now(), seconds=60)
    settings.DEDUPE_DAYS = 7
    for began in ("00000000-0000-0000-0000-000000000000", "f8000000-0000-0000-0000-000000000000"):
        monkeypatch.setattr(identities, "_anywhere", lambda began=began: identities._Position(*2 * [uuid.UUID(began)]))
        assert prune(prunings(), now=utc_now(), seconds=60)["dedupe_keys"] == expected
        assert rows_in("dedupe_keys") == {"dedupe_keys": 20 - expected}
        execute(
            "INSERT INTO dedupe_keys SELECT overlay(gen_random_uuid()::text placing 'f' from 1 for 1)::uuid, %(old)s "
            f"FROM generate_series(1, {expected})",
            {"old": old},
        )


def test_an_event_whose_identity_is_gone_counts_again(settings: Settings) -> None:
    settings.DEDUPE_DAYS = 1
    beat = heartbeat("ann", "alien", 5, second=1, id="b", type="heartbeat")
    for day, duplicates in ((0, 0), (0, 1), (2, 1)):
        prune(prunings(), now=utc_now() + timedelta(days=day), seconds=60)
        Client().post("/v1/events", json.dumps([beat]), content_type="application/json")
        process([chunk for (chunk,) in fetch_all("SELECT id FROM chunks WHERE is_unpublished")])
        assert rows_in("duplicate_events") == {"duplicate_events": duplicates}
    assert rows_in("events") == {"events": 2}
