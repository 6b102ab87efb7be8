"""The shape of a notification in a response, for the API's description."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class Notification(msgspec.Struct):
    """A notification that is due, was sent, or would have been."""

    id: Annotated[uuid.UUID, Meta(description="Also the Idempotency-Key of every attempt to deliver it")]
    type: str
    user: str
    state: Literal["pending", "leased", "sent", "failed", "cancelled"]
    reason: Annotated[str, Meta(description="Why it was cancelled, failed, or is tried again")]
    due_at: datetime
    occurred_at: Annotated[datetime, Meta(description="When that happened which brings it about")]
    event: Annotated[uuid.UUID, Meta(description="The event that brings it about")]
    attempts: Annotated[int, Meta(ge=0)]
    next_attempt_at: Annotated[datetime | None, Meta(description="Null: nothing is left to do")]
    finished_at: datetime | None
    body: Annotated[dict[str, Any], Meta(description="What is posted to the notification service")]
