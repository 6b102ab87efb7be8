"""The serving of an ad: it was put before a user."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.systems.ads.fields import AdEvent
from events.types.registry import event_type

Empty = Annotated[Literal["", None], msgspec.Meta(description="nothing: only impressions and clicks have one")]


@event_type(
    "ad_serving",
    user="userId",
    identity="eventId",
    example={
        "eventId": "event1",
        "eventTimestamp": "10:00",
        "userId": "user1",
        "advertiserId": "adv1",
        "deviceId": "deviceId1",
        "price": "10",
    },
)
class AdServing(AdEvent, frozen=True, kw_only=True):
    """An ad was served to a user, at a price that its advertiser pays."""

    eventType: Empty = ""
    parentEventId: Empty = ""
