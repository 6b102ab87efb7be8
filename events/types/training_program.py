"""What the events about the fitness app's training programs have in common."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.types.base import EventData, Identity, Key, Timestamp

Title = Annotated[str, msgspec.Meta(max_length=1000, description="text of at most 1,000 characters")]


class TrainingProgramData(EventData, frozen=True):
    """What all events about a training program say."""

    user_id: Key
    device_id: Key
    training_program_id: Identity
    time_stamp: Timestamp
    training_program_title: Title | None = None
    id: Identity | None = None
