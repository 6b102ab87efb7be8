"""The impression of an ad: a user saw it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.types.ads import AdEvent
from events.types.base import Identity, event_type


@event_type("ad_impression", user="userId", identity="eventId")
class AdImpression(AdEvent, frozen=True, kw_only=True):
    """A user saw an ad that was served before."""

    eventType: Annotated[Literal["impression"], msgspec.Meta(description="impression")]
    parentEventId: Identity
