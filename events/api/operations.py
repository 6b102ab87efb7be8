"""The routes of operations: how far they are, what failed in them, and cancelling (docs/operations.md)."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse, HttpResponseBase
from rest_framework.request import Request

from events.api import documents, parameters
from events.api.openapi import CURSOR, LIMIT, cancels, query, reads, sends_text
from events.api.responses import JsonResponse
from events.api.view import View
from events.api.waiting import EVENT_STREAM, progress_stream, response_when_done
from events.clock import utc_now
from events.models import FailedEvent
from events.operations import OperationStatus, find_operation
from events.pipeline.cancel import cancel_operation
from events.watched_operations import watchers

LONGEST_WAIT_SECONDS = 30
WAIT = query("wait", {"type": "integer", "minimum": 0}, f"Seconds to wait for its end, at most {LONGEST_WAIT_SECONDS}")
NO_OPERATION = "No operation has this id."


class OperationView(View):
    """One operation."""

    @reads(
        "getOperation",
        "What became of a request's events",
        tag="Operations",
        response=documents.Operation,
        parameters=[WAIT],
        missing=NO_OPERATION,
    )
    def get(self, request: Request, operation_id: uuid.UUID) -> HttpResponseBase:
        """The operation's progress; with `wait` when it is done, or after that many seconds."""
        wait = parameters.read_integer(request.query_params, "wait", default=0, lowest=0, highest=10**8)
        operation = _existing(operation_id)
        if wait and not operation.is_done:
            seconds = min(wait, LONGEST_WAIT_SECONDS)
            return response_when_done(watchers.watch(operation_id), operation, seconds=seconds)
        return JsonResponse(operation.as_document(now=utc_now()))

    @cancels(
        "cancelOperation",
        "Stop what has not been stored yet",
        response=documents.CancelledOperation,
        missing=NO_OPERATION,
    )
    def delete(self, request: Request, operation_id: uuid.UUID) -> HttpResponse:
        """Cancels what is not persisted; the operation, and how many events it was too late for.

        Those go on to their end. Cancelling again, or too late, changes nothing.
        """
        _existing(operation_id)
        now = utc_now()
        cancel_operation(operation_id, now=now)
        operation = _existing(operation_id)
        persisted = operation.total - operation.cancelled - operation.failed
        return JsonResponse(operation.as_document(now=now) | {"persisted_events": persisted})


class OperationProgressView(View):
    """One operation, watched."""

    @sends_text(
        "watchOperation",
        "Progress as server-sent events",
        tag="Operations",
        media_type=EVENT_STREAM,
        description="Each event's data is the operation: at changes, every second at least, the last with 100.",
        missing=NO_OPERATION,
    )
    def get(self, request: Request, operation_id: uuid.UUID) -> HttpResponseBase:
        """Server-sent events until the operation is done."""
        operation = _existing(operation_id)
        return progress_stream(watchers.watch(operation_id), operation)


class OperationFailuresView(View):
    """What failed in an operation."""

    @reads(
        "listFailures",
        "What failed, and why",
        tag="Operations",
        response=documents.Page[documents.FailedEvent],
        parameters=[LIMIT, CURSOR],
        missing=NO_OPERATION,
    )
    def get(self, request: Request, operation_id: uuid.UUID) -> HttpResponse:
        """The operation's failed events and rejected items, with the reasons."""
        query = request.query_params
        limit = parameters.read_limit(query)
        after = parameters.read_cursor(query, uuid.UUID) or uuid.UUID(int=0)
        _existing(operation_id)
        # Uses failed_events_operation.
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
        return JsonResponse(parameters.page_of(documents, limit, position_of=lambda failure: failure["event"]))


def _existing(operation_id: uuid.UUID) -> OperationStatus:
    operation = find_operation(operation_id)
    if operation is None:
        raise Http404(f"There is no operation {operation_id}.")
    return operation
