"""The columns of all ad files, and the event types whose events each file holds."""

from __future__ import annotations

COLUMNS = (
    "eventId",
    "eventTimestamp",
    "eventType",
    "parentEventId",
    "userId",
    "advertiserId",
    "deviceId",
    "price",
)
SERVING_TYPES = ("ad_serving",)
USER_TYPES = ("ad_impression", "ad_click")

SERVING_FILE = "serving_events.csv"
#: The serving events' file by its other name; clients ask for either.
SERVER_FILE = "server-events.csv"
USER_FILE = "user_events.csv"
VALIDATED_FILE = "validated_events.csv"
#: Which event types each exported file holds.
TYPES_BY_FILE = {SERVING_FILE: SERVING_TYPES, SERVER_FILE: SERVING_TYPES, USER_FILE: USER_TYPES}
