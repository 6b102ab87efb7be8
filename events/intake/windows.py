"""Sliding windows in Redis, by the scripts of the library `limits`.

What the window before held fades out while the present one fills, so no moment lets twice the rate pass. Redis runs a
script as a whole and by its own clock, so the count is exact over all processes and machines. What is refused is not
counted.

Redis keys of this module, named by the library:

    tidemark:quota:{<sender>/<rate>}     string: events of the present window. Expires after two windows.
    tidemark:quota:{<sender>/<rate>}/-1  string: events of the window before. Expires after one more.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings
from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.retry import Retry

from events.access.rates import Rate

#: Seconds that Redis has for an answer: a client waits, and so do all whose events are committed together.
TIMEOUT_SECONDS = 0.25

_of_thread = threading.local()


class Wish(NamedTuple):
    """To count so many events of a sender, all or none. To count none is to look how much is left."""

    sender: str
    rate: Rate
    events: int


class Window(NamedTuple):
    """What was counted of a sender, after a wish was granted or not.

    Attributes:
        granted: whether it was.
        rate: the sender's.
        before: events of the window before.
        before_weighs: milliseconds for which these still count, ever less.
        events: of the present window.
        ends_in: milliseconds until it becomes the window before.
    """

    granted: bool
    rate: Rate
    before: int
    before_weighs: int
    events: int
    ends_in: int

    @property
    def left(self) -> int:
        """Events that would be granted now."""
        faded = self.before * self.before_weighs // (self.rate.seconds * 1000)
        return max(0, self.rate.events - faded - self.events)

    def seconds_until(self, events: int) -> float:
        """Seconds until so many events, of the rate at most, would be granted if nobody sent any meanwhile."""
        room = self.rate.events - events + 1  # what fades is counted in whole events, so it has to be below this
        if self.events < room:
            wait = _milliseconds_to_fade(self.before, self.before_weighs, room - self.events, self.rate)
        else:
            wait = self.ends_in + _milliseconds_to_fade(self.events, self.rate.seconds * 1000, room, self.rate)
        return wait / 1000


def _milliseconds_to_fade(events: int, weigh: int, room: int, rate: Rate) -> float:
    """Until events of a window before, which count for so long yet, count for less than the room."""
    return max(0.0, weigh - rate.seconds * 1000 * room / events) if events else 0.0


def acquire(wishes: Sequence[Wish]) -> list[Window]:
    """Grants each wish or not; raises redis.RedisError."""
    return _storage().acquire_all(wishes)


class _Storage(RedisStorage):
    """The library's storage, which has its scripts and names its keys."""

    #: Both scripts for several senders in one call: it is made for every group of events that are committed together.
    SCRIPT_ACQUIRE_ALL = f"""
        local function acquire(KEYS, ARGV) {RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()} end
        local function look(KEYS, ARGV) {RedisStorage.SCRIPT_SLIDING_WINDOW.decode()} end
        local answers = {{}}
        for place = 1, #KEYS / 2 do
            local keys = {{KEYS[2 * place - 1], KEYS[2 * place]}}
            local limit, expiry, amount = unpack(ARGV, 3 * place - 2, 3 * place)
            answers[place] = {{acquire(keys, {{limit, expiry, amount}}) and 1 or 0, unpack(look(keys, {{expiry}}))}}
        end
        return answers
    """

    def initialize_storage(self, uri: str) -> None:
        """Called by the library when the client is there."""
        super().initialize_storage(uri)
        self._acquire_all = self.storage.register_script(self.SCRIPT_ACQUIRE_ALL)

    def prefixed_key(self, key: str) -> str:
        """The library's name for a key, as Redis has it."""
        return f"tidemark:quota:{key}"

    @lru_cache(maxsize=1024)  # noqa: B019 - a storage lives as long as its thread
    def keys_of(self, sender: str, rate: Rate) -> tuple[str, str]:
        """Of the window before, and of the present one."""
        name = f"{sender}/{rate.events}/{rate.seconds}"
        return self.prefixed_key(self._previous_window_key(name)), self.prefixed_key(self._current_window_key(name))

    def acquire_all(self, wishes: Sequence[Wish]) -> list[Window]:
        """Grants each wish or not, whatever becomes of the others."""
        keys = [key for sender, rate, _ in wishes for key in self.keys_of(sender, rate)]
        arguments = [number for _, rate, events in wishes for number in (*rate, events)]
        answers = self._acquire_all(keys, arguments)
        return [_window(wish.rate, *answer) for wish, answer in zip(wishes, answers, strict=True)]


def _window(
    rate: Rate, granted: int, before: bytes | None, before_lives: int, events: bytes | None, lives: int
) -> Window:
    """Of counts, and times to live in milliseconds, which are negative where there is no key."""
    # A window is kept for as long again, as the one before.
    ends_in = max(0, lives - rate.seconds * 1000)
    return Window(bool(granted), rate, int(before or 0), max(0, before_lives), int(events or 0), ends_in)


def _storage() -> _Storage:
    """That of this thread, with a connection of its own: to take one out of a pool would cost as much as the call."""
    if not hasattr(_of_thread, "storage"):
        _of_thread.storage = _Storage(
            settings.REDIS_URL,
            single_connection_client=True,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            # A connection that Redis has closed is made anew. What took too long may have been counted.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),  # type: ignore[arg-type]
        )
    storage: _Storage = _of_thread.storage
    return storage
