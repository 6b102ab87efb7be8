"""A user of the fitness app began a training program."""

from __future__ import annotations

from events.types.base import event_type
from events.types.training_program import TrainingProgramData


@event_type("training_program_started", user="user_id", item="training_program_id", time="time_stamp", identity="id")
class TrainingProgramStarted(TrainingProgramData, frozen=True):
    """A user began a training program."""
