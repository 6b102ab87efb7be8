"""`Idempotency-Key`: a request repeated with the same key and body is answered as the first one was, and counts once.

The key's row is written in the events' own transaction; a second request at the same time waits for it. A request
that accepted nothing leaves no row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from events.conf import conf
from events.database import execute, fetch_one
from events.exceptions import IdempotencyConflict, RequestProblem
from events.queries import queries

LONGEST_KEY = 255
#: The principal of all who have no key.
NOBODY = "anonymous"


@dataclass(frozen=True)
class KeyedRequest:
    """What makes two requests the same one.

    Attributes:
        principal: the owner of the API key that it was sent with, or NOBODY.
        route: where to.
        key: the Idempotency-Key.
        body: the body, unpacked.
    """

    principal: str
    route: str
    key: str
    body: bytes

    @property
    def row(self) -> dict[str, str]:
        return {"principal": self.principal, "route": self.route, "key": self.key}

    @property
    def body_hash(self) -> bytes:
        return hashlib.sha256(self.body).digest()


def check_key(key: str) -> str:
    """The key, if it is one; raises RequestProblem (400)."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise RequestProblem(
            f"Idempotency-Key must have 1 to {LONGEST_KEY} printable characters; this one has {len(key)}.",
            code="invalid_idempotency_key",
            field="Idempotency-Key",
        )
    return key


def respond_once(request: KeyedRequest, respond: Callable[[], bytes], *, now: datetime) -> bytes:
    """Calls `respond` if this request is the first with its key within IDEMPOTENCY_HOURS, else repeats what it gave.

    Raises:
        IdempotencyConflict: the key was used with another body.
    """
    expired_before = now - timedelta(hours=conf.IDEMPOTENCY_HOURS)
    with transaction.atomic():
        claim = {**request.row, "body_hash": request.body_hash, "now": now, "expired_before": expired_before}
        if fetch_one(queries.claim_key.sql, claim):
            given = respond()
            execute(queries.store_response.sql, {**request.row, "response": given})
            return given
        stored = fetch_one(queries.stored_response.sql, request.row)
    assert stored is not None
    body_hash, given = stored
    if bytes(body_hash) != request.body_hash:
        raise IdempotencyConflict
    return bytes(given)
