"""One chunk's look-ups at one service: what is cached, what another worker is asking for, and what is asked here."""

from __future__ import annotations

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor

from events.conf import conf
from events.enrichers.base import Answer, Unavailable
from events.enrichers.run import LookupRun
from events.lookups.shared_answers import CLAIM_SECONDS, SharedAnswers

logger = logging.getLogger(__name__)

#: Seconds between two looks at what others are asking for.
_LOOK_SECONDS = 0.1
#: Seconds between two renewals of what is being asked here.
_RENEW_SECONDS = CLAIM_SECONDS / 3


class Flight:
    """Brings an answer for each key.

    All traffic with Redis is this object's, many keys at a time; the threads only make the calls. A key is claimed
    when its call is about to be made, not before, so that chunks with many keys do not hold up those with few.

    Args:
        ask: makes the calls for one key; does not raise.
        threads: where `ask` runs.
    """

    def __init__(
        self,
        service: str,
        keys: Sequence[str],
        run: LookupRun,
        *,
        shared: SharedAnswers,
        ask: Callable[[str, LookupRun], Answer],
        threads: Executor,
    ) -> None:
        self._service = service
        self._keys = keys
        self._run = run
        self._shared = shared
        self._ask = ask
        self._threads = threads
        self._answers: dict[str, Answer] = {}
        self._pending: deque[str] = deque()
        self._asking: set[str] = set()
        self._elsewhere: set[str] = set()
        self._done: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        self._asked = 0
        self._look_at = self._renew_at = time.monotonic()
        # Twice as many as run side by side: when a call ends the next one is ready.
        self._most_at_once = 2 * conf.LOOKUPS_SIDE_BY_SIDE

    def fly(self) -> Mapping[str, Answer]:
        """The answers; those that did not come by the deadline are unavailable."""
        started = time.perf_counter()
        self._take(self._shared.known(self._keys))
        cached = len(self._answers)
        self._pending.extend(key for key in self._keys if key not in self._answers)
        while (self._pending or self._asking or self._elsewhere) and self._run.seconds_left:
            self._start_more()
            self._look_elsewhere()
            self._collect()
            self._renew()
        self._give_up()
        logger.info(
            "Look-ups are done.",
            extra={
                "action": "look_up",
                "service": self._service,
                "keys": len(self._keys),
                "cached": cached,
                "asked": self._asked,
                "unavailable": sum(isinstance(answer, Unavailable) for answer in self._answers.values()),
                "ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return self._answers

    def _start_more(self) -> None:
        free = self._most_at_once - len(self._asking)
        if free < self._most_at_once // 4 or not self._pending:
            return
        keys = [self._pending.popleft() for _ in range(min(free, len(self._pending)))]
        self._elsewhere.update(keys)
        self._claim(keys)

    def _look_elsewhere(self) -> None:
        if self._elsewhere and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_SECONDS
            self._claim(sorted(self._elsewhere)[: self._most_at_once - len(self._asking)])

    def _claim(self, keys: Sequence[str]) -> None:
        """Takes answers that have come, and asks for what nobody is asking for."""
        answers, claimed = self._shared.claim(keys)
        self._elsewhere.difference_update(answers, claimed)
        self._take(answers)
        self._asking.update(claimed)
        self._asked += len(claimed)
        for key in claimed:
            self._threads.submit(self._ask_in_thread, key)

    def _ask_in_thread(self, key: str) -> None:
        late = not self._run.seconds_left
        self._done.put((key, Unavailable("its turn did not come in time") if late else self._ask(key, self._run)))

    def _collect(self) -> None:
        """Waits a little for answers, and keeps those that have come."""
        came: dict[str, Answer] = {}
        try:
            key, came[key] = self._done.get(timeout=min(_LOOK_SECONDS, self._run.seconds_left))
            while True:
                key, came[key] = self._done.get_nowait()
        except queue.Empty:
            pass
        self._asking.difference_update(came)
        self._shared.settle(came)
        self._take(came)

    def _renew(self) -> None:
        if self._asking and time.monotonic() >= self._renew_at:
            self._renew_at = time.monotonic() + _RENEW_SECONDS
            self._shared.renew(self._asking)

    def _take(self, answers: Mapping[str, Answer]) -> None:
        self._answers.update(answers)
        self._run.answered(len(answers))

    def _give_up(self) -> None:
        left = [key for key in self._keys if key not in self._answers]
        if left:
            self._shared.release(self._asking)
            self._take({key: Unavailable("there was no answer by the chunk's deadline") for key in left})
