"""Workers are told of what was accepted once it is committed, and not before: they would not find it."""

from collections.abc import Sequence

import pytest
from django.db import transaction

from events.clock import utc_now
from events.intake.accept import accept_batch, accept_one
from events.pipeline import dispatch
from events.pipeline.dispatch import MadeChunk
from tests.support.pipeline import chunk_ids

pytestmark = pytest.mark.django_db(transaction=True)

BEAT = b'{"user": "ann", "slug": "alien", "at": 1}'


def test_a_batch_is_dispatched_after_its_commit() -> None:
    dispatched: list[int] = []

    def note(made: Sequence[MadeChunk]) -> None:
        dispatched.extend(chunk.id for chunk in made)

    with transaction.atomic():
        accept_batch([BEAT], type_name="heartbeat", now=utc_now(), dispatch=note)
        assert dispatched == []
    assert dispatched == chunk_ids() != []


def test_a_drain_is_wanted_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[bool] = []
    monkeypatch.setattr(dispatch.dispatcher, "drain", lambda: wanted.append(True))
    with transaction.atomic():
        accept_one(BEAT, type_name="heartbeat", now=utc_now())
        assert wanted == []
    assert wanted == [True]
