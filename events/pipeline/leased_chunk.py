"""A chunk that a worker holds while it does a step on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from events.records import EventRecord, decode_payload, with_enrichment
from events.states import ChunkState


@dataclass(frozen=True)
class LeasedChunk:
    """A chunk that this worker holds until its lease ends.

    Attributes:
        state: the step it waits behind; a step moves it on from exactly here.
        types: the types of its events, each once.
        services: the outside services that its events may have to be looked up at.
        attempts: how often work on this step was begun, this time included.
        replayed: whether its events had failed before and are counted so in their operation.
        duplicates: positions of the events that repeat others, known once it is persisted.
        enrichment: what was added to its events, by event id, known once it is enriched.
        looked_up: how far its look-ups are, successful or not, in hundredths of an event.
        waits: how often it was given back because an outside service had no answer.
        stays_held: whether its holder goes on with the next step, under the same lease.
    """

    id: int
    token: uuid.UUID
    state: ChunkState
    operation_id: uuid.UUID | None
    size: int
    types: tuple[str, ...]
    services: tuple[str, ...]
    attempts: int
    replayed: bool
    duplicates: tuple[int, ...]
    payload: str
    enrichment: str | None
    looked_up: int
    waits: int
    last_error: str
    last_traceback: str
    stays_held: bool = False

    def records(self) -> list[EventRecord]:
        """All its events, in the order of arrival, with their enrichment once they have one. Not to be changed."""
        return self._records

    def new_records(self) -> list[EventRecord]:
        """Its events that repeat no other, once it is persisted. Not to be changed."""
        return self._new_records

    @cached_property
    def _records(self) -> list[EventRecord]:
        records = decode_payload(self.payload)
        return records if self.enrichment is None else with_enrichment(records, self.enrichment)

    @cached_property
    def _new_records(self) -> list[EventRecord]:
        repeated = set(self.duplicates)
        return [record for position, record in enumerate(self._records) if position not in repeated]

    def in_state(self, state: ChunkState) -> LeasedChunk:
        """The same chunk after a step, held on to; the next one is attempted for the first time."""
        return self._with(state=state, attempts=1, last_error="", last_traceback="")

    def with_error(self, error: str, traceback: str) -> LeasedChunk:
        """The same chunk, knowing why it failed last."""
        return self._with(last_error=error, last_traceback=traceback)

    def to_stay_held(self, stays_held: bool) -> LeasedChunk:
        """The same chunk, knowing whether its holder goes on with it."""
        return self._with(stays_held=stays_held)

    def with_records(self, records: Sequence[EventRecord]) -> LeasedChunk:
        """The same chunk with those of its events that go on, as a step made them."""
        same = replace(self, size=len(records))
        vars(same)["_records"] = records
        return same

    def with_duplicates(self, duplicates: Sequence[int]) -> LeasedChunk:
        """The same chunk, knowing which of its events repeat others."""
        return replace(self, duplicates=tuple(duplicates)).with_records(self.records())

    def _with(self, **changes: Any) -> LeasedChunk:
        """The same chunk, its events not decoded again."""
        same = replace(self, **changes)
        vars(same).update({name: value for name, value in vars(self).items() if name in ("_records", "_new_records")})
        return same
