"""Events: stored, repeated, unsupported or failed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events import reading
from events.admin_actions import Done, recorded_action
from events.admin_filters import ReceivedFilter, TypeFilter
from events.clock import utc_now
from events.ids import received_at
from events.intake.replay import replay_failed
from events.models import DuplicateEvent, Event, FailedEvent, PartialEvent, UnsupportedEvent
from events.read_only_admin import ReadOnlyAdmin, block, short
from events.types.registry import event_types


class EventListAdmin(ReadOnlyAdmin):
    """What lists of events have in common: their id, a UUIDv7, says when they came."""

    ordering = ("-id",)
    list_filter: ClassVar[tuple[type[admin.SimpleListFilter], ...]] = (TypeFilter, ReceivedFilter)
    id_search: ClassVar[tuple[str, ...]] = ("id",)

    @admin.display(description="received at")
    def received(self, event: Any) -> datetime:
        """When it was accepted."""
        return received_at(event.id)


@admin.register(Event)
class EventAdmin(EventListAdmin):
    """Stored events."""

    list_display = ("id", "type", "user", "item", "time", "received")
    key_search = ("user_key",)
    search_help_text = "An event's id, or a user (alic* finds every user whose name begins so)"
    fields = ("id", "type", "user_key", "item_key", "time", "received", "chunk_id", "pretty_data", "pretty_enrichment")
    readonly_fields = fields

    @admin.display(description="user")
    def user(self, event: Event) -> str:
        """Whose event it is."""
        return short(event.user_key)

    @admin.display(description="item")
    def item(self, event: Event) -> str:
        """What it is about."""
        return short(event.item_key)

    @admin.display(description="data")
    def pretty_data(self, event: Event) -> SafeString:
        """As it came."""
        return block(json.dumps(event.data))

    @admin.display(description="enrichment")
    def pretty_enrichment(self, event: Event) -> SafeString:
        """What was added."""
        return block(json.dumps(event.enrichment))


@admin.register(DuplicateEvent)
class DuplicateEventAdmin(EventListAdmin):
    """Events that repeat others, as long as they are kept."""

    list_display = ("id", "type", "original", "received")
    list_filter = (ReceivedFilter,)  # the table has no index by type
    search_help_text = "A duplicate's id"
    fields = ("id", "type", "original", "received")
    readonly_fields = fields

    @admin.display(description="repeats")
    def original(self, event: DuplicateEvent) -> SafeString:
        """The event it repeats."""
        return format_html('<a href="../event/?q={0}">{0}</a>', event.original_id)


@admin.register(PartialEvent)
class PartialEventAdmin(EventListAdmin):
    """Stored events that lack a part of their enrichment, until it is filled in."""

    list_display = ("id", "type", "missing", "last_error", "attempts", "next_attempt_at")
    list_filter = (ReceivedFilter,)  # the table has no index by type
    search_help_text = "An event's id"
    fields = ("id", "type", "missing", "last_error", "attempts", "next_attempt_at")
    readonly_fields = fields


@admin.register(UnsupportedEvent)
class UnsupportedEventAdmin(EventListAdmin):
    """Events of types that are not known (yet)."""

    list_display = ("id", "type", "operation_id", "received")
    list_filter = (ReceivedFilter,)
    key_search = ("type",)
    search_help_text = "An event's id, or a type"
    fields = ("id", "type", "operation_id", "received", "pretty_payload")
    readonly_fields = fields

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, below a table of the types."""
        types = [
            {"type": short(name), "count": count, "is_declared": name in event_types, "sample": short(payload)}
            for name, count, payload in reading.unsupported_types()
        ]
        return super().changelist_view(request, {"types": types, **(extra_context or {})})

    @admin.display(description="payload")
    def pretty_payload(self, event: UnsupportedEvent) -> SafeString:
        """As it came."""
        return block(event.payload)


@admin.register(FailedEvent)
class FailedEventAdmin(EventListAdmin):
    """Events that could not be processed, and rejected items of batches."""

    list_display = ("id", "type", "step", "code", "reason", "attempts", "failed_at")
    id_search = ("id", "operation_id")
    search_help_text = "An event's id, or an operation's"
    fields = (
        *("id", "type", "step", "operation_id", "index", "field", "code", "reason_in_full", "attempts", "failed_at"),
        *("pretty_payload", "pretty_traceback"),
    )
    readonly_fields = fields
    actions = ("replay",)

    @admin.display(description="message")
    def reason(self, failed: FailedEvent) -> str:
        """Why, in short."""
        return short(failed.message)

    @admin.display(description="message")
    def reason_in_full(self, failed: FailedEvent) -> SafeString:
        """Why."""
        return block(failed.message)

    @admin.display(description="payload")
    def pretty_payload(self, failed: FailedEvent) -> SafeString:
        """As it came."""
        return block(failed.payload)

    @admin.display(description="traceback")
    def pretty_traceback(self, failed: FailedEvent) -> SafeString:
        """Where it was raised."""
        return block(failed.traceback)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whoever may change failed events may replay them."""
        return request.user.has_perm("events.change_failedevent")

    @recorded_action("Replay: through the pipeline again, from the step that failed", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[FailedEvent]) -> Done:
        """Hands the chosen events to the pipeline again."""
        replayed = rejected = 0
        for gone_on, rejected_again in replay_failed(queryset, now=utc_now()):
            replayed += gone_on
            rejected += rejected_again
        message = f"{replayed} events go through the pipeline again."
        if rejected:
            message += f" {rejected} are still rejected; their reasons are those of today."
        return Done(message, is_all=not rejected)
