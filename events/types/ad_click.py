"""The click on an ad."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from events.types.ads import AdEvent
from events.types.base import Identity, event_type


@event_type("ad_click", user="userId", identity="eventId")
class AdClick(AdEvent, frozen=True, kw_only=True):
    """A user clicked on an ad that was served before."""

    eventType: Annotated[Literal["click"], msgspec.Meta(description="click")]
    parentEventId: Identity
