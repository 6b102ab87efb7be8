"""Enriching chunks in the process that accepted them, with sources that no other process has.

The chunks are committed and reserved before anything is asked. Should this process die, or a step fail, the sweep finds
them when the reservation has ended and gives them to the workers, which ask the sources of the settings.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connection

from events.clock import utc_now
from events.enrichment.lookups.source import Source
from events.pipeline import chunks, steps
from events.pipeline.dispatch import MadeChunk, dispatcher
from events.pipeline.enrich import enrich
from events.pipeline.lease_keeper import LeaseKeeper
from events.states import ENRICH

logger = logging.getLogger(__name__)

#: Chunks that are enriched at the same time; their look-ups run side by side in any case.
CHUNKS_AT_ONCE = 4


class InProcessEnrichment:
    """Runs the first step of chunks in threads of this process; workers do the rest.

    A Python program that ends waits for what it has begun.

    Args:
        sources: by an enricher's name, what it asks in place of its own source.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._names = {source.name for source in sources.values()}
        self._threads = ThreadPoolExecutor(CHUNKS_AT_ONCE, thread_name_prefix="enrich")

    def take(self, made: Sequence[MadeChunk]) -> None:
        """Begins to enrich the chunks whose events ask one of the sources; the others are dispatched as always."""
        mine = [chunk for chunk in made if self._names.intersection(chunk.services)]
        dispatcher.chunks(chunk for chunk in made if chunk not in mine)
        if not mine:
            return
        reservation = uuid.uuid4()
        under_way = {chunk.id for chunk in mine}
        chunks.reserve(sorted(under_way), token=reservation, now=utc_now())
        keeper = LeaseKeeper(sorted(under_way), reservation)
        keeper.start()

        def ended(chunk_id: int, _: object) -> None:
            under_way.discard(chunk_id)
            if not under_way:
                keeper.stop()

        for chunk in mine:
            self._threads.submit(self._enrich, chunk, reservation).add_done_callback(partial(ended, chunk.id))

    def _enrich(self, chunk: MadeChunk, reservation: uuid.UUID) -> None:
        try:
            work = partial(enrich, sources=self._sources)
            if steps.run(ENRICH, chunk.id, work=work, reservation=reservation) is steps.Outcome.GO_ON:
                dispatcher.chunks([chunk._replace(state=ENRICH.reaches)])
        except Exception:
            extra = {"chunk": chunk.id}
            logger.warning("A chunk could not be enriched here; workers will do it.", extra=extra, exc_info=True)
        finally:
            connection.close()
