"""A user of the fitness app began a training program."""

from __future__ import annotations

from events.systems.fitness.fields import PROGRAM_EXAMPLE, PROGRAM_SPELLINGS, TrainingProgramData
from events.types.registry import event_type


@event_type(
    "training_program_started",
    user="user_id",
    item="training_program_id",
    time="time_stamp",
    identity="id",
    spellings=PROGRAM_SPELLINGS,
    example={**PROGRAM_EXAMPLE, "time_stamp": "2026-01-31 12:05:00"},
)
class TrainingProgramStarted(TrainingProgramData, frozen=True):
    """A user began a training program."""
