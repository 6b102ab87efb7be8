"""What the tests of publishing share."""

from collections.abc import Callable, Iterator

import pytest
import redis

from events.publishing import live_memory
from events.redis_client import redis_client
from tests.support.processes.tidemark import free_port


@pytest.fixture(autouse=True)
def memory(transactional_db: None) -> Iterator[redis.Redis]:
    """An empty live memory."""
    live_memory.breaker.close()
    client = redis_client()
    client.flushdb()
    yield client
    live_memory.breaker.close()


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Cuts the live memory off; what it returns connects it again."""
    nobody = redis.Redis.from_url(f"redis://127.0.0.1:{free_port()}")  # as the product makes its own
    for user in ("events.publishing.live_memory", "events.publishing.drops", "events.systems.casino.api.views"):
        monkeypatch.setattr(f"{user}.redis_client", lambda: nobody)
    live_memory.script.cache_clear()

    def back() -> None:
        monkeypatch.undo()
        live_memory.script.cache_clear()
        live_memory.breaker.close()

    return back
