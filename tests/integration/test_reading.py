"""What the outside world sees of an event and its operation, at every step of the way."""

import json
import uuid
from datetime import UTC, datetime

import pytest

from events.database import execute, fetch_all
from events.ids import new_ids
from events.intake.accept import accept_batch, accept_one
from events.operations import find_operation
from events.pipeline.drain import drain
from events.reading import find_event
from events.states import ChunkState
from tests.support.pipeline import chunk_ids, heartbeat, run_to

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def state_of_event(event_id: str) -> str:
    """The state that the API shows."""
    document = find_event(uuid.UUID(event_id))
    assert document is not None
    return str(document["state"])


def progress_of(operation_id: uuid.UUID) -> tuple[int, bool]:
    """An operation's percentage, and whether it is done."""
    operation = find_operation(operation_id)
    assert operation is not None
    return operation.progress, operation.is_done


def test_an_event_is_pending_wherever_it_is_until_it_is_counted() -> None:
    event_id = accept_one(json.dumps(heartbeat("ann", "alien", 5)).encode(), type_name="heartbeat", now=NOW)
    places = [state_of_event(event_id)]
    drain(now=NOW)
    (chunk,) = chunk_ids()
    places.append(state_of_event(event_id))
    run_to(chunk, ChunkState.PERSISTED)
    places.append(state_of_event(event_id))
    assert places == ["pending"] * 3
    run_to(chunk, ChunkState.PUBLISHED)
    assert state_of_event(event_id) == "processed"


def test_an_operations_progress_moves_and_is_100_only_when_the_totals_are_visible() -> None:
    batch = accept_batch([json.dumps(heartbeat("ann", "alien", 5)).encode()], type_name="heartbeat", now=NOW)
    (chunk,) = chunk_ids()
    seen = [progress_of(batch.operation_id)]
    for state in (ChunkState.PERSISTED, ChunkState.PUBLISHED):
        run_to(chunk, state)
        seen.append(progress_of(batch.operation_id))
    assert [done for _, done in seen] == [False, False, True]
    (accepted, _), (persisted, _), (aggregated, _) = seen
    assert 0 <= accepted < persisted < aggregated == 100
    assert fetch_all("SELECT watch_seconds FROM watch_time_movies") == [(5,)]


@pytest.mark.parametrize("quote", ['"{id}"', '["{id}", "bet"]', '[["{id}", "bet", "10", null, 0, null, {{}}]]'])
def test_a_pending_event_is_found_though_others_quote_its_id(quote: str) -> None:
    # given events of two chunks, one of them between the others, and quoted by a later one
    def accept(event: dict[str, object], type_name: str) -> str:
        return accept_one(json.dumps(event).encode(), type_name=type_name, now=NOW)

    accept(heartbeat("ann", "alien", 5), "heartbeat")
    bet = {"id": 1, "player_id": 10, "game_id": 100, "created_at": 0, "amount": 1, "currency": "USD"}
    wanted = accept(bet, "bet")
    accept(heartbeat("ann", "alien", 6, note=json.loads(quote.format(id=wanted))), "heartbeat")
    drain(now=NOW)
    assert len(chunk_ids()) == 2
    # then
    for _ in range(2):
        document = find_event(uuid.UUID(wanted))
        assert document is not None
        assert (document["id"], document["type"], document["state"]) == (wanted, "bet", "pending")
        # and whichever chunk the database looks at first
        execute("UPDATE chunks SET size = size WHERE id = %(id)s", {"id": chunk_ids()[0]})


def test_an_id_that_is_only_quoted_is_no_event() -> None:
    stranger = uuid.UUID(new_ids(1)[0])
    accept_batch(
        [json.dumps(heartbeat("ann", "alien", at, note=str(stranger))).encode() for at in (1, 2)],
        type_name="heartbeat",
        now=NOW,
    )
    execute("UPDATE chunks SET first_event_id = %(id)s", {"id": stranger})
    assert find_event(stranger) is None
