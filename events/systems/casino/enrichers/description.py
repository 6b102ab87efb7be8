"""Adds a sentence that says what happened in the casino."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from events.enrichment.enricher import Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.source import Found, Unknown
from events.systems.casino.descriptions import describe


class AddDescription(Enricher):
    """`description`, with the amount in EUR and the player's e-mail where there are such."""

    name = "description"
    after = ("currency", "player")

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """The sentence."""
        player = cast("dict[str, Any]", event.fields.get("player", {}))
        sentence = describe(
            event.record.type,
            event.data,
            created_at=event.record.time,
            amount_eur=cast("int | None", event.fields.get("amount_eur")),
            email=player.get("email") or "",
        )
        return {"description": sentence}


enrichers.add(AddDescription.name, AddDescription())
