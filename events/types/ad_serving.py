"""The serving of an ad: it was put before a user."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.types.ads import AdEvent
from events.types.base import event_type

Empty = Annotated[Literal["", None], msgspec.Meta(description="nothing: only impressions and clicks have one")]


@event_type("ad_serving", user="userId", identity="eventId")
class AdServing(AdEvent, frozen=True, kw_only=True):
    """An ad was served to a user, at a price that its advertiser pays."""

    eventType: Empty = ""
    parentEventId: Empty = ""
