"""The route that shows notifications."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from events.api.documents import Page
from events.api.openapi import CURSOR, LIMIT, query, reads
from events.api.parameters import page_of, read_choice, read_cursor, read_limit, read_text
from events.api.responses import JsonResponse
from events.api.view import View
from notifications.api import documents
from notifications.models import OPEN_STATES, Notification, State

USER = query("user", str, "Notifications of this user")
STATE = query("state", {"type": "string", "enum": State.values}, "Notifications in this state")


class NotificationsView(View):
    """What was sent, is pending, was cancelled, and why."""

    @reads(
        "listNotifications",
        "Notifications, newest first",
        tag="Notifications",
        response=Page[documents.Notification],
        parameters=[USER, STATE, LIMIT, CURSOR],
    )
    def get(self, request: Request) -> HttpResponse:
        """Notifications, the newest first."""
        parameters = request.query_params
        limit = read_limit(parameters)
        user = read_text(parameters, "user")
        # Uses notifications_user, notifications_state or notifications_pkey.
        rows = Notification.objects.order_by("-id")
        if user is not None:
            rows = rows.filter(user_key=user)
        if "state" in parameters:
            rows = rows.filter(state=read_choice(parameters, "state", tuple(State.values)))
        below = read_cursor(parameters, uuid.UUID)
        if below is not None:
            rows = rows.filter(id__lt=below)
        shown = [_document(row) for row in rows[: limit + 1]]
        return JsonResponse(page_of(shown, limit, position_of=lambda row: row["id"]))


def _document(row: Notification) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.rule,
        "user": row.user_key,
        "state": row.state,
        "reason": row.reason,
        "due_at": row.due_at,
        "occurred_at": row.occurred_at,
        "event": row.trigger_id,
        "attempts": row.attempts,
        "next_attempt_at": row.next_at if row.state in OPEN_STATES else None,
        "finished_at": row.finished_at,
        "body": row.body,
    }
