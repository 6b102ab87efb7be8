"""The impression of an ad: a user saw it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.systems.ads.fields import AdEvent
from events.types.base import Identity
from events.types.registry import event_type


@event_type(
    "ad_impression",
    user="userId",
    identity="eventId",
    example={
        "eventId": "event3",
        "eventTimestamp": "10:05",
        "eventType": "impression",
        "parentEventId": "event1",
        "userId": "user1",
        "advertiserId": "adv1",
        "deviceId": "deviceId1",
        "price": "10",
    },
)
class AdImpression(AdEvent, frozen=True, kw_only=True):
    """A user saw an ad that was served before."""

    eventType: Annotated[Literal["impression"], msgspec.Meta(description="impression")]
    parentEventId: Identity
