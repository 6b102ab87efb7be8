"""The routes that show events, operations and statistics."""

from __future__ import annotations

import threading
import time
import uuid

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from events import reading, statistics
from events.api import documents, parameters
from events.api.intake import IntakeView
from events.api.openapi import CURSOR, LIMIT, query, reads, takes_events
from events.api.responses import JsonAnswer
from events.clock import utc_now
from events.conf import conf
from events.exceptions import Unavailable
from events.ids import lowest_id_at
from events.models import FailedEvent
from events.operations import OperationStatus, find_operation

HIGHEST_ID = uuid.UUID(int=2**128 - 1)
LONGEST_WAIT_SECONDS = 30
#: Seconds between two looks at an operation that is waited for: short at first, then longer.
WAIT = query("wait", {"type": "integer", "minimum": 0}, f"Seconds to wait for its end, at most {LONGEST_WAIT_SECONDS}")
SHORTEST_LOOK, LONGEST_LOOK = 0.01, 0.25


@extend_schema_view(post=takes_events("postEvents", "Post events that name their types"))
class EventsView(IntakeView):
    """Takes events that name their type, and lists what is stored."""

    @reads(
        "listEvents",
        "Stored events by receipt, newest first",
        tag="Events",
        answer=documents.Page[documents.Event],
        parameters=[
            query("type", str, "Events of this type"),
            query("user", str, "Events of this user"),
            query("since", str, "Received at this moment or later: ISO 8601, or seconds since 1970"),
            query("until", str, "Received before this moment"),
            LIMIT,
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Stored events by receipt, newest first."""
        query = request.query_params
        now = utc_now()
        since = parameters.read_moment(query, "since", now=now)
        until = parameters.read_moment(query, "until", now=now)
        limit = parameters.read_limit(query)
        below = parameters.read_cursor(query, uuid.UUID) or (lowest_id_at(until) if until else HIGHEST_ID)
        events = reading.list_events(
            type_name=parameters.read_text(query, "type"),
            user=parameters.read_text(query, "user"),
            lowest=lowest_id_at(since) if since else uuid.UUID(int=0),
            below=below,
            limit=limit + 1,
        )
        return JsonAnswer(parameters.page_of(events, limit, position_of=lambda event: event["id"]))


class EventView(APIView):
    """One event."""

    @reads("getEvent", "One event", tag="Events", answer=documents.Event, missing="No event has this id.")
    def get(self, request: Request, event_id: uuid.UUID) -> HttpResponse:
        """The event with its `state` and enrichment."""
        event = reading.find_event(event_id)
        if event is None:
            raise Http404(f"There is no event {event_id}.")
        return JsonAnswer(event)


class OperationView(APIView):
    """One operation."""

    _waiting = threading.BoundedSemaphore(conf.MAX_WAITING_REQUESTS)

    @reads(
        "getOperation",
        "What became of a request's events",
        tag="Operations",
        answer=documents.Operation,
        parameters=[WAIT],
        missing="No operation has this id.",
    )
    def get(self, request: Request, operation_id: uuid.UUID) -> HttpResponse:
        """The operation's progress; with `wait` when it is done, or after that many seconds."""
        wait = parameters.read_integer(request.query_params, "wait", default=0, lowest=0, highest=10**8)
        operation = _existing(operation_id)
        if wait and not operation.is_done:
            operation = self._wait_for(operation, seconds=min(wait, LONGEST_WAIT_SECONDS))
        return JsonAnswer(operation.as_document(now=utc_now()))

    def _wait_for(self, operation: OperationStatus, *, seconds: float) -> OperationStatus:
        if not self._waiting.acquire(blocking=False):
            raise Unavailable("Too many requests wait for operations; ask again without `wait`, or later.")
        try:
            deadline = time.monotonic() + seconds
            pause = SHORTEST_LOOK
            while not operation.is_done and time.monotonic() < deadline:
                time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
                pause = min(pause * 1.5, LONGEST_LOOK)
                operation = _existing(operation.id)
            return operation
        finally:
            self._waiting.release()


class OperationFailuresView(APIView):
    """What failed in an operation."""

    @reads(
        "listFailures",
        "What failed, and why",
        tag="Operations",
        answer=documents.Page[documents.FailedEvent],
        parameters=[LIMIT, CURSOR],
        missing="No operation has this id.",
    )
    def get(self, request: Request, operation_id: uuid.UUID) -> HttpResponse:
        """The operation's failed events and rejected items, with the reasons."""
        query = request.query_params
        limit = parameters.read_limit(query)
        after = parameters.read_cursor(query, uuid.UUID) or uuid.UUID(int=0)
        _existing(operation_id)
        failures = FailedEvent.objects.filter(operation_id=operation_id, id__gt=after).order_by("id")[: limit + 1]
        documents = [
            {
                "event": str(failed.id),
                "index": failed.index,
                "type": failed.type,
                "step": failed.step,
                "field": failed.field,
                "code": failed.code,
                "message": failed.message,
                "payload": failed.payload,
                "failed_at": failed.failed_at,
            }
            for failed in failures
        ]
        return JsonAnswer(parameters.page_of(documents, limit, position_of=lambda failure: failure["event"]))


class StatisticsView(APIView):
    """How much came through."""

    @reads("getStatistics", "How much came through, and how fast", tag="Events", answer=documents.Statistics)
    def get(self, request: Request) -> HttpResponse:
        """Events by end and type, and the rate of the last 60 seconds."""
        return JsonAnswer(statistics.collect(now=utc_now()))


def _existing(operation_id: uuid.UUID) -> OperationStatus:
    operation = find_operation(operation_id)
    if operation is None:
        raise Http404(f"There is no operation {operation_id}.")
    return operation
