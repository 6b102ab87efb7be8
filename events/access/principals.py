"""Who sends a request, as far as a process knows: keys it has seen, for a few seconds, without asking PostgreSQL again.

A key that is revoked is refused by every process when what it knows is too old, so within VALID_SECONDS.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf

from events.access.exceptions import ExpiredKey, RevokedKey, Unauthenticated, UnknownKey
from events.access.models import ApiKey
from events.access.rates import Rate, read_rate
from events.access.scopes import Scope

#: Seconds for which a process uses what it knows of a key, valid or not.
VALID_SECONDS = 5.0
#: Seconds after which one request looks the key up again, while the others go on with what is known.
FRESH_SECONDS = 4.0
#: Keys that are remembered, and texts that are none, each.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sends a request.

    Attributes:
        owner: to whom its idempotency keys and the identities of its events belong; None: to all who have no key.
        key: the prefix of the key; None without one.
        limit: events that may be sent with the key.
        origins: of the pages that may use it; none: it is not for browsers.
    """

    owner: str | None
    key: str | None
    scopes: frozenset[Scope]
    limit: Rate | None = None
    origins: tuple[str, ...] = ()


#: Whoever sends no key where none is needed.
ANONYMOUS = Principal(owner=None, key=None, scopes=frozenset(Scope))


@dataclass(slots=True)
class _Finding:
    """What was found out about a key, and until when it may be used (monotonic seconds)."""

    principal: Principal | None
    refusal: type[Unauthenticated]
    expires_at: float
    fresh_until: float
    valid_until: float


class Principals:
    """What a process knows of keys, by their digests; threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Apart, so that guesses do not push out keys.
        self._keys: dict[bytes, _Finding] = {}
        self._guesses: dict[bytes, _Finding] = {}
        self._lock = threading.Lock()

    def known(self, digest: bytes, *, now: datetime) -> Principal | None:
        """Whose key it is, without a query; None if the caller has to look it up. Raises Unauthenticated."""
        finding = self._keys.get(digest) or self._guesses.get(digest)
        moment = self._clock()
        if finding is None or moment >= finding.valid_until:
            return None
        if moment >= finding.fresh_until:
            finding.fresh_until = inf
            return None
        return _judge(finding, now=now)

    def look_up(self, digest: bytes, *, now: datetime) -> Principal:
        """The same by a query; raises Unauthenticated."""
        asked_at = self._clock()
        # Uses api_keys_digest.
        key = ApiKey.objects.filter(digest=digest).first()
        finding = _finding(key, asked_at=asked_at)
        self._remember(digest, finding)
        principal = _judge(finding, now=now)
        assert key is not None
        _note_use(key, now=now)
        return principal

    def forget(self) -> None:
        """Everything; for tests."""
        self._keys.clear()
        self._guesses.clear()

    def _remember(self, digest: bytes, finding: _Finding) -> None:
        shelf, other = (self._keys, self._guesses) if finding.principal else (self._guesses, self._keys)
        with self._lock:
            other.pop(digest, None)
            shelf.pop(digest, None)
            if len(shelf) >= MOST_REMEMBERED:
                del shelf[next(iter(shelf))]  # what was looked up longest ago
            shelf[digest] = finding


def _finding(key: ApiKey | None, *, asked_at: float) -> _Finding:
    is_valid = key is not None and key.revoked_at is None
    return _Finding(
        principal=_principal_of(key) if key is not None and is_valid else None,
        refusal=UnknownKey if key is None else RevokedKey,
        expires_at=key.expires_at.timestamp() if key is not None and key.expires_at else inf,
        # What is refused is looked up again at the end only.
        fresh_until=asked_at + (FRESH_SECONDS if is_valid else VALID_SECONDS),
        valid_until=asked_at + VALID_SECONDS,
    )


def _principal_of(key: ApiKey) -> Principal:
    return Principal(
        owner=f"key:{key.name}",
        key=key.prefix,
        scopes=frozenset(map(Scope, key.scopes)),
        limit=read_rate(key.limit),
        origins=tuple(key.origins),
    )


def _judge(finding: _Finding, *, now: datetime) -> Principal:
    if finding.principal is None:
        raise finding.refusal
    if now.timestamp() >= finding.expires_at:
        raise ExpiredKey
    return finding.principal


def _note_use(key: ApiKey, *, now: datetime) -> None:
    """Writes once a minute, whichever process comes first. Uses api_keys_pkey."""
    minute = now.replace(second=0, microsecond=0)
    if key.last_used_at is None or key.last_used_at < minute:
        ApiKey.objects.filter(pk=key.pk).exclude(last_used_at__gte=minute).update(last_used_at=minute)


principals = Principals()
