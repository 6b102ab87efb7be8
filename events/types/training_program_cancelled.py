"""A user of the fitness app gave a training program up."""

from __future__ import annotations

from events.types.base import event_type
from events.types.training_program import TrainingProgramData


@event_type("training_program_cancelled", user="user_id", item="training_program_id", time="time_stamp", identity="id")
class TrainingProgramCancelled(TrainingProgramData, frozen=True):
    """A user gave a training program up."""
