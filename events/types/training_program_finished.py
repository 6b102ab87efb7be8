"""A user of the fitness app came to the end of a training program."""

from __future__ import annotations

from events.types.base import event_type
from events.types.training_program import TrainingProgramData


@event_type("training_program_finished", user="user_id", item="training_program_id", time="time_stamp", identity="id")
class TrainingProgramFinished(TrainingProgramData, frozen=True):
    """A user came to the end of a training program."""
