"""An outside service as enrichers ask it: the service says how one call is made, all around it is here."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TypeAlias

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from events.conf import conf
from events.enrichment.lookups.breaker import Breaker
from events.enrichment.lookups.cache import ResultCache
from events.enrichment.lookups.failures import LookupFailed
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Source, Unavailable, Unknown
from events.outside_services import not_set
from events.storable import NotStorable

logger = logging.getLogger(__name__)

#: Seconds: pauses between attempts grow from about the first to the second, with jitter.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_wait = wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE)

_Ended: TypeAlias = "queue.SimpleQueue[tuple[str, Result]]"


class Service(Source):
    """A service whose results are cached and shared.

    A subclass says how one call is made. Around it: threads, so that calls run side by side (LOOKUPS_SIDE_BY_SIDE);
    one look-up of a key at a time, for all chunks of this process that want it; attempts (LOOKUP_ATTEMPTS, within
    LOOKUP_DEADLINE_SECONDS); the circuit breaker; the cache.

    Args:
        shared: whether results and breaker are those of all workers; else nothing is cached and the breaker is its own.

    Attributes:
        setting: the setting that names the service; while it is not set nothing is asked, nor held against the service.
        hit_seconds: how long a found value may serve; None: LOOKUP_HIT_SECONDS.
        unknown_seconds: how long "unknown" may serve; None: LOOKUP_UNKNOWN_SECONDS.
    """

    remote = True
    setting: str | None = None
    hit_seconds: float | None = None
    unknown_seconds: float | None = None

    def __init__(self, *, shared: bool = True) -> None:
        self._known_as = self.name
        if not shared:
            self._known_as = f"{self.name}:{uuid.uuid4()}"
            self.setting = None
            self.hit_seconds = self.unknown_seconds = 0.0
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Result]] = {}

    @abstractmethod
    def call(self, key: str) -> Found | Unknown:
        """Asks the service once, within LOOKUP_TIMEOUT_SECONDS; raises LookupFailed.

        Any other exception counts as a failure that may pass: a client that speaks another protocol raises its own.
        """

    def is_paused(self) -> bool:
        """Whether there is nobody to ask, or the circuit breaker is open and no probe is due."""
        return self._not_set is not None or self._breaker.is_paused()

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        """A result for each key: cached, of a look-up that is under way already, or of a call."""
        if (reason := self._not_set) is not None:
            run.ended(len(keys))
            return dict.fromkeys(keys, Unavailable(reason))
        began = time.perf_counter()
        ended: _Ended = queue.SimpleQueue()
        results: dict[str, Result] = dict(self._cache.read(keys))
        run.ended(len(results))
        left = deque(key for key in keys if key not in results)
        # Twice as many as run side by side: when a call ends the next one is ready, and a chunk with many keys still
        # leaves room between them for those of another.
        at_once = 2 * conf.LOOKUPS_SIDE_BY_SIDE
        while len(results) < len(keys) and run.seconds_left:
            free = at_once - (len(keys) - len(left) - len(results))
            if left and free >= at_once // 4:
                self._start([left.popleft() for _ in range(min(free, len(left)))], ended)
            came = _collect(ended, seconds=run.seconds_left)
            results.update(came)
            run.ended(len(came))
        late = [key for key in keys if key not in results]
        results.update(dict.fromkeys(late, Unavailable("there was no result by the chunk's deadline")))
        run.ended(len(late))
        self._log(results, seconds=time.perf_counter() - began)
        return results

    def _start(self, keys: Sequence[str], ended: _Ended) -> None:
        """Begins to look these up; each result is put into the queue, at once or when it comes."""
        own: dict[str, Future[Result]] = {}
        with self._lock:
            for key in keys:
                future = self._under_way.get(key)
                if future is None:
                    future = self._under_way[key] = own[key] = Future()
                future.add_done_callback(lambda done, key=key: ended.put((key, done.result())))  # type: ignore[misc]
        # Once more, now that they are under way: another chunk may have looked them up since, and cached what it found.
        try:
            cached = self._cache.read(list(own)) if own else {}
        except BaseException:
            for key in own:
                self._end(key, Unavailable("the cache could not be read"))
            raise
        for key in own:
            if key in cached:
                self._end(key, cached[key])
            else:
                self._threads.submit(self._ask_and_end, key)

    def _ask_and_end(self, key: str) -> None:
        result: Result = Unavailable(f"the look-up at {self.name} broke off")
        try:
            result = self._ask(key)
        finally:
            self._end(key, result)

    def _end(self, key: str, result: Result) -> None:
        with self._lock:
            future = self._under_way.pop(key)
        future.set_result(result)

    def _ask(self, key: str) -> Result:
        """Asks until there is a result or no more attempt is due, and caches it."""
        deadline = time.monotonic() + conf.LOOKUP_DEADLINE_SECONDS
        attempts = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, LookupFailed) and error.try_again),
            stop=lambda state: (
                state.attempt_number >= conf.LOOKUP_ATTEMPTS or time.monotonic() + _pause_before_next(state) >= deadline
            ),
            wait=_pause_before_next,
            reraise=True,
        )
        try:
            result = attempts(self._attempt, key)
            self._cache.write(key, result)
        except LookupFailed as failure:
            return Unavailable(failure.reason)
        except NotStorable as problem:
            return Unavailable(f"what {self.name} returned {problem}")
        return result

    def _attempt(self, key: str) -> Found | Unknown:
        probe = self._breaker.enter()
        failure: LookupFailed | None = None
        try:
            return self.call(key)
        except LookupFailed as error:
            failure = error
            raise
        except Exception as error:
            reason = f"the client of {self.name} raised {type(error).__name__}: {error}"[:300]
            failure = LookupFailed(reason, try_again=True)
            raise failure from error
        finally:
            if failure is None or failure.service_is_well:
                self._breaker.succeeded(probe=probe)
            else:
                self._breaker.failed(failure.reason, probe=probe)

    @property
    def _not_set(self) -> str | None:
        return None if self.setting is None else not_set(self.setting)

    @cached_property
    def _cache(self) -> ResultCache:
        return ResultCache(
            self._known_as,
            hit_seconds=conf.LOOKUP_HIT_SECONDS if self.hit_seconds is None else self.hit_seconds,
            unknown_seconds=conf.LOOKUP_UNKNOWN_SECONDS if self.unknown_seconds is None else self.unknown_seconds,
        )

    @cached_property
    def _breaker(self) -> Breaker:
        return Breaker(self._known_as)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """Of its own: a service that hangs does not hold up the others."""
        return ThreadPoolExecutor(conf.LOOKUPS_SIDE_BY_SIDE, thread_name_prefix=f"ask-{self.name}")

    def _log(self, results: Mapping[str, Result], *, seconds: float) -> None:
        unavailable = sum(isinstance(result, Unavailable) for result in results.values())
        extra = {"action": "look_up", "service": self.name, "keys": len(results), "unavailable": unavailable}
        logger.info("Look-ups are done.", extra=extra | {"ms": round(seconds * 1000, 1)})


def _collect(ended: _Ended, *, seconds: float) -> dict[str, Result]:
    """The results that have come, after waiting for the first."""
    came: dict[str, Result] = {}
    try:
        key, came[key] = ended.get(timeout=seconds)
        while True:
            key, came[key] = ended.get_nowait()
    except queue.Empty:
        return came


def _pause_before_next(state: RetryCallState) -> float:
    """Seconds; at least what the service asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.pause_seconds if isinstance(error, LookupFailed) else None
    return max(_wait(state), asked_for or 0.0)
