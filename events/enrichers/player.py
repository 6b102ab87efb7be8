"""Adds who the player is, as the table `players` has it at that moment."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import msgspec

from events.enrichers.base import Answer, Enricher, EventInHand, Found, Source, Unknown, enrichers
from events.enrichers.run import LookupRun
from events.models import Player

logger = logging.getLogger(__name__)


class PlayersTable(Source):
    """Asks PostgreSQL, once a chunk, and remembers nothing: a change of the table shows in the very next event."""

    name = "players"
    remote = False

    def look_up(self, keys: Sequence[str], run: LookupRun) -> Mapping[str, Answer]:
        """Players by number. Uses players_pkey."""
        found = Player.objects.in_bulk([int(key) for key in keys])
        missing = [key for key in keys if int(key) not in found]
        if missing:
            logger.warning("Some players are not in the table.", extra={"action": "player", "players": missing})
        run.answered(len(keys))
        return {key: _answer(found.get(int(key))) for key in keys}


def _answer(player: Player | None) -> Answer:
    if player is None:
        return Unknown()
    return Found(msgspec.to_builtins({"email": player.email, "last_signed_in_at": player.last_signed_in_at}))


class AddPlayer(Enricher):
    """`player`: `{"email", "last_signed_in_at"}`; not there for one who is not in the table."""

    name = "player"
    source = PlayersTable()

    def key_of(self, event: EventInHand) -> str | None:
        """The player's number."""
        return event.record.user

    def fields(self, event: EventInHand, answer: Found | Unknown | None) -> Mapping[str, object]:
        """The player, if known."""
        return {"player": answer.value} if isinstance(answer, Found) else {}


enrichers.add(AddPlayer.name, AddPlayer())
