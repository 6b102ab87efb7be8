"""The casino's live statistics."""

from __future__ import annotations

import redis
from django.http import HttpResponse
from rest_framework.request import Request

from events.api.openapi import reads
from events.api.responses import JsonResponse
from events.api.view import View
from events.clock import utc_now
from events.exceptions import Unavailable
from events.redis_client import redis_client
from events.systems.casino import live_statistics
from events.systems.casino.api.documents import Materialized


class MaterializedView(View):
    """The casino, live."""

    @reads("getMaterialized", "The casino, live", tag="Casino", response=Materialized)
    def get(self, request: Request) -> HttpResponse:
        """Casino events so far, their rates, and who bet, won and paid in most; from memory, zero when Redis starts."""
        try:
            return JsonResponse(live_statistics.materialized(redis_client(), now=utc_now()))
        except redis.RedisError:
            raise Unavailable(
                "The live statistics are away, as Redis is; ask again later.", code="redis_away"
            ) from None
