"""The click on an ad."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.systems.ads.fields import AdEvent
from events.types.base import Identity
from events.types.registry import event_type


@event_type(
    "ad_click",
    user="userId",
    identity="eventId",
    example={
        "eventId": "event6",
        "eventTimestamp": "10:30",
        "eventType": "click",
        "parentEventId": "event1",
        "userId": "user1",
        "advertiserId": "adv1",
        "deviceId": "deviceId1",
        "price": "10",
    },
)
class AdClick(AdEvent, frozen=True, kw_only=True):
    """A user clicked on an ad that was served before."""

    eventType: Annotated[Literal["click"], msgspec.Meta(description="click")]
    parentEventId: Identity
