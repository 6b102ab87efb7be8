"""An outside service as enrichers ask it: one call at a time is written by the service, all around it is here."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import ClassVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from events.conf import conf
from events.enrichers.base import Answer, Found, Source, Unavailable, Unknown
from events.enrichers.run import LookupRun
from events.lookups.breaker import Breaker
from events.lookups.durations import durations
from events.lookups.failures import LookupFailed
from events.lookups.flight import Flight
from events.lookups.shared_answers import SharedAnswers

#: Seconds: pauses between attempts grow from about the first to the second, with jitter.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_wait = wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE)


class Service(Source):
    """A service whose answers are cached and shared.

    A subclass says how one call is made. Around it: threads, so that calls run side by side (LOOKUPS_SIDE_BY_SIDE);
    attempts (LOOKUP_ATTEMPTS, within LOOKUP_DEADLINE_SECONDS); the circuit breaker; the cache.

    Attributes:
        hit_seconds: how long an answer may serve; None: LOOKUP_HIT_SECONDS.
        unknown_seconds: how long "unknown" may serve; None: LOOKUP_UNKNOWN_SECONDS.
    """

    remote = True
    hit_seconds: ClassVar[float | None] = None
    unknown_seconds: ClassVar[float | None] = None

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None

    @abstractmethod
    def call(self, key: str) -> Found | Unknown:
        """Asks the service once, within LOOKUP_TIMEOUT_SECONDS; raises LookupFailed.

        Any other exception counts as a failure that may pass: a client that speaks another protocol raises its own.
        """

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Answer]:
        """An answer for each key: out of the cache, from a worker that is asking already, or from the service."""
        return Flight(self.name, keys, run, shared=self.answers, ask=self._ask, threads=self._pool()).fly()

    def is_left_alone(self) -> bool:
        """Whether the circuit breaker is open, and no trial call is due."""
        return self._breaker.is_open()

    @cached_property
    def answers(self) -> SharedAnswers:
        """The cache."""
        return SharedAnswers(
            self.name,
            hit_seconds=conf.LOOKUP_HIT_SECONDS if self.hit_seconds is None else self.hit_seconds,
            unknown_seconds=conf.LOOKUP_UNKNOWN_SECONDS if self.unknown_seconds is None else self.unknown_seconds,
        )

    @cached_property
    def _breaker(self) -> Breaker:
        return Breaker(self.name)

    def _pool(self) -> ThreadPoolExecutor:
        """Threads of its own: a service that hangs does not hold up the others."""
        with self._starting:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(conf.LOOKUPS_SIDE_BY_SIDE, thread_name_prefix=f"ask-{self.name}")
            return self._threads

    def _ask(self, key: str, run: LookupRun) -> Answer:
        """Asks until there is an answer or no more attempt is due; never raises."""
        deadline = min(run.deadline, time.monotonic() + conf.LOOKUP_DEADLINE_SECONDS)
        attempts = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, LookupFailed) and error.try_again),
            stop=lambda state: (
                state.attempt_number >= conf.LOOKUP_ATTEMPTS or time.monotonic() + _pause_before_next(state) >= deadline
            ),
            wait=_pause_before_next,
            reraise=True,
        )
        try:
            return attempts(self._attempt, key)
        except LookupFailed as failure:
            return Unavailable(failure.reason)

    def _attempt(self, key: str) -> Found | Unknown:
        trial = self._breaker.enter()
        started = time.perf_counter()
        outcome = "failed"
        try:
            answer = self._guarded_call(key)
            outcome = "found" if isinstance(answer, Found) else "unknown"
        except LookupFailed as failure:
            if failure.service_is_well:
                self._breaker.succeeded(trial=trial)
            else:
                self._breaker.failed(failure.reason, trial=trial)
            raise
        finally:
            durations.record(self.name, outcome, time.perf_counter() - started)
        self._breaker.succeeded(trial=trial)
        return answer

    def _guarded_call(self, key: str) -> Found | Unknown:
        try:
            return self.call(key)
        except LookupFailed:
            raise
        except Exception as error:
            reason = f"the client of {self.name} raised {type(error).__name__}: {error}"[:300]
            raise LookupFailed(reason, try_again=True) from error


def _pause_before_next(state: RetryCallState) -> float:
    """Seconds; at least what the service asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.pause_seconds if isinstance(error, LookupFailed) else None
    return max(_wait(state), asked_for or 0.0)
