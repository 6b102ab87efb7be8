"""What the admin's lists are filtered by. Every filter has an index, and none reads the table for its choices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.clock import utc_now
from events.ids import lowest_id_at
from events.states import UNPUBLISHED, ChunkState
from events.types.registry import event_types


class TypeFilter(admin.SimpleListFilter):
    """By event type. The choices come from the registry; asking the table would read all of it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The types there are."""
        return [(name, name) for name in event_types.keys()]  # noqa: SIM118 (a registry, not a dict)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Uses events_type_id and its like."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class ReceivedFilter(admin.SimpleListFilter):
    """By the time of receipt, which ids begin with: a range of the primary key, and of partitions."""

    title = "received in the last"
    parameter_name = "received"
    spans = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The spans."""
        return [(name, name) for name in self.spans]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Ids from the beginning of the span on."""
        span = self.spans.get(self.value() or "")
        return queryset.filter(id__gte=lowest_id_at(utc_now() - span)) if span else queryset


class ProgressFilter(admin.SimpleListFilter):
    """By how far a chunk has come."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states, and all those in which something is left to do."""
        return [("unpublished", "not through"), *((state, state.capitalize()) for state in ChunkState)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Uses chunks_unpublished for all states but the last."""
        if self.value() == "unpublished":
            return queryset.filter(is_unpublished=True)
        if self.value() in UNPUBLISHED:
            return queryset.filter(is_unpublished=True, state=self.value())
        return queryset.filter(state=self.value()) if self.value() else queryset
