"""Dispatching from the background: nothing that goes wrong with the broker ends it."""

from collections.abc import Iterator

import pytest

from events.pipeline import dispatch
from events.pipeline.dispatch import BackgroundDispatcher
from events.redis_client import redis_client
from events.states import ChunkState
from tests.support.processes.waiting import wait_until


class BrokenConnection:
    """Cannot even be closed."""

    used = False

    def release(self) -> None:
        self.used = True
        raise RuntimeError("half closed")


@pytest.fixture(autouse=True)
def empty_broker() -> Iterator[None]:
    redis_client().flushdb()
    yield
    redis_client().flushdb()


def test_dispatching_goes_on_after_a_connection_that_cannot_even_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(dispatch, "BROKER_PAUSE_SECONDS", 0)
    dispatcher, broken = BackgroundDispatcher(), BrokenConnection()
    dispatcher._connection = broken  # type: ignore[assignment]
    dispatcher.chunks([dispatch.MadeChunk(1, ChunkState.PERSISTED, {"bet"})])
    wait_until(lambda: broken.used, what="the first dispatch has failed")
    # when
    dispatcher.chunks([dispatch.MadeChunk(2, ChunkState.PERSISTED, {"bet"})])
    # then
    wait_until(lambda: dispatch.messages_waiting() == 1, what="the second one is there")
