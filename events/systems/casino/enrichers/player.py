"""Adds who the player is, as the table `players` has it at that moment."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC

import msgspec

from events.counted_log import CountedLog
from events.enrichment.enricher import Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Found, Result, Source, Unknown
from events.systems.casino.models import Player

missing_log = CountedLog(
    logging.getLogger(__name__),
    first="A player is not in the table.",
    again="More events came of players that are not in the table.",
    action="player",
    what="player",
)


class PlayersTable(Source):
    """Asks PostgreSQL, once a chunk, and remembers nothing: a change of the table shows in the very next event."""

    name = "players"
    remote = False

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Result]:
        """Players by number. Uses players_pkey."""
        found = Player.objects.in_bulk([int(key) for key in keys])
        for key in keys:
            if int(key) not in found:
                missing_log.note(key, 1)
        run.ended(len(keys))
        return {key: _result(found.get(int(key))) for key in keys}


def _result(player: Player | None) -> Result:
    if player is None:
        return Unknown()
    signed_in = player.last_signed_in_at
    if signed_in is not None and signed_in.tzinfo is None:  # a table that was taken over may have no time zone
        signed_in = signed_in.replace(tzinfo=UTC)
    return Found(msgspec.to_builtins({"email": player.email, "last_signed_in_at": signed_in}))


class AddPlayer(Enricher):
    """`player`: `{"email", "last_signed_in_at"}`; not there for one who is not in the table."""

    name = "player"
    source = PlayersTable()

    def key_of(self, event: EventToEnrich) -> str | None:
        """The player's number."""
        return event.record.user

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """The player, if known."""
        return {"player": result.value} if isinstance(result, Found) else {}


enrichers.add(AddPlayer.name, AddPlayer())
