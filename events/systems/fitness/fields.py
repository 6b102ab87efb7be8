"""What the fitness app's events have in common."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.types.base import EventData, Identity, Key, Timestamp
from events.types.spellings import Spellings

#: Names that the app's newer events have.
USER_ID, DEVICE_ID, TIME_STAMP = ("userId", "user"), ("deviceId", "device"), ("timestamp", "time")
LAUNCH_SPELLINGS = Spellings({"user_id": USER_ID, "device_id": DEVICE_ID, "time_stamp": TIME_STAMP})
PROGRAM_SPELLINGS = Spellings(
    {
        **LAUNCH_SPELLINGS.fields,
        "training_program_id": ("programId",),
        "training_program_title": ("title", "programTitle"),
    },
    in_details=("training_program_id", "training_program_title"),
)

PROGRAM_EXAMPLE = {
    "user_id": "foo1",
    "device_id": "bar1",
    "training_program_id": "2352",
    "training_program_title": "7 Minutes of HIIT Training",
}

Title = Annotated[str, msgspec.Meta(max_length=1000, description="text of at most 1,000 characters")]


class TrainingProgramData(EventData, frozen=True):
    """What all events about a training program say."""

    user_id: Key
    device_id: Key
    training_program_id: Identity
    time_stamp: Timestamp
    training_program_title: Title | None = None
    id: Identity | None = None
