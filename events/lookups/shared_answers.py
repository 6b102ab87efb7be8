"""The answers of services, shared by all workers, and who is asking for which: 50 chunks that need the same answer ask
for it once.

Redis keys of this module:

    tidemark:lookup:<service>:<key>  string, JSON: `[value]`, or `[]` where the service knows nothing. Expires with the
                                     service's time to live, for hits or for unknowns. Failures are not kept.
    tidemark:asking:<service>:<key>  string "1": somebody is asking. Expires after CLAIM_SECONDS unless renewed, so that
                                     nobody waits long for a worker that died.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import redis

from events.enrichers.base import Answer, Found, Unavailable, Unknown
from events.lookups.redis_client import if_redis_answers

CLAIM_SECONDS = 3.0

_decode = msgspec.json.Decoder(list[msgspec.Raw])


class SharedAnswers:
    """The answers of one service. While Redis is away nothing is known, and everybody may ask.

    Args:
        service: its name.
        hit_seconds: how long an answer serves.
        unknown_seconds: how long "unknown" serves.
    """

    def __init__(self, service: str, *, hit_seconds: float, unknown_seconds: float) -> None:
        self._service = service
        self._hit_seconds = hit_seconds
        self._unknown_seconds = unknown_seconds

    def known(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are known."""
        if not keys:
            return {}
        names = [self._answer_key(key) for key in keys]
        stored: list[Any] = if_redis_answers(lambda client: client.mget(names), otherwise=[])
        return {key: _read(text) for key, text in zip(keys, stored, strict=False) if text is not None}

    def claim(self, keys: Sequence[str]) -> tuple[dict[str, Answer], list[str]]:
        """Answers that have become known meanwhile, and the keys that are the caller's to ask for."""
        if not keys:
            return {}, []

        def call(client: redis.Redis) -> list[Any] | None:
            pipeline = client.pipeline(transaction=False)
            for key in keys:
                # In this order: whoever finds the claim free sees the answer of the one who had it.
                pipeline.set(self._asking_key(key), "1", nx=True, px=int(CLAIM_SECONDS * 1000))
                pipeline.get(self._answer_key(key))
            return pipeline.execute()

        replies = if_redis_answers(call, otherwise=None)
        if replies is None:
            return {}, list(keys)
        free = {key for key, claimed in zip(keys, replies[::2], strict=True) if claimed}
        answers = {key: _read(text) for key, text in zip(keys, replies[1::2], strict=True) if text is not None}
        self.release(free & answers.keys())
        return answers, [key for key in keys if key in free and key not in answers]

    def renew(self, keys: Iterable[str]) -> None:
        """Says that the caller is still asking."""

        def call(client: redis.Redis) -> None:
            pipeline = client.pipeline(transaction=False)
            for key in keys:
                pipeline.set(self._asking_key(key), "1", px=int(CLAIM_SECONDS * 1000))
            pipeline.execute()

        if_redis_answers(call, otherwise=None)

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Keeps answers that were claimed, except failures, and gives the claims back."""

        def call(client: redis.Redis) -> None:
            pipeline = client.pipeline(transaction=False)
            for key, answer in answers.items():
                if not isinstance(answer, Unavailable):
                    seconds = self._hit_seconds if isinstance(answer, Found) else self._unknown_seconds
                    value = [answer.value] if isinstance(answer, Found) else []
                    pipeline.set(self._answer_key(key), msgspec.json.encode(value), px=max(1, int(seconds * 1000)))
                pipeline.delete(self._asking_key(key))
            pipeline.execute()

        if answers:
            if_redis_answers(call, otherwise=None)

    def release(self, keys: Iterable[str]) -> None:
        """Gives claims back without an answer."""
        names = [self._asking_key(key) for key in keys]
        if names:
            if_redis_answers(lambda client: client.delete(*names), otherwise=0)

    def forget(self, keys: Iterable[str]) -> None:
        """Drops answers: the service is asked again."""
        names = [self._answer_key(key) for key in keys]
        if names:
            if_redis_answers(lambda client: client.delete(*names), otherwise=0)

    def _answer_key(self, key: str) -> str:
        return f"tidemark:lookup:{self._service}:{key}"

    def _asking_key(self, key: str) -> str:
        return f"tidemark:asking:{self._service}:{key}"


def _read(text: bytes) -> Answer:
    values = _decode.decode(text)
    return Found(msgspec.json.decode(values[0])) if values else Unknown()
