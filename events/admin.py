"""The admin's pages of the pipeline: everything can be looked at, failed events can be replayed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events import reading
from events.admin_filters import ProgressFilter, ReceivedFilter, TypeFilter
from events.clock import utc_now
from events.ids import received_at
from events.intake.replay import replay_failed
from events.models import Chunk, DuplicateEvent, Event, FailedEvent, Operation, PartialEvent, UnsupportedEvent
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

    @admin.action(description="Replay: through the pipeline again, from the step that failed", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[FailedEvent]) -> None:
        """Hands the chosen events to the pipeline again."""
        batches = list(replay_failed(queryset, now=utc_now()))
        replayed, rejected = (sum(counts) for counts in zip(*batches, strict=True))
        message = f"{replayed} events go through the pipeline again."
        if rejected:
            message += f" {rejected} are still rejected; their reasons are those of today."
        self.message_user(request, message, messages.WARNING if rejected else messages.SUCCESS)


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """Requests with several events."""

    ordering = ("-id",)
    list_display = (
        "id",
        "created_at",
        "finished_at",
        "total",
        "handled",
        "failed",
        "duplicate",
        "cancelled",
        "rejected",
    )
    list_filter = (ReceivedFilter,)
    id_search = ("id",)
    search_help_text = "An operation's id"
    fields = (
        *("id", "created_at", "finished_at", "total", "handled", "failed", "duplicate", "cancelled", "rejected"),
        *("unsupported", "its_chunks", "its_failures"),
    )
    readonly_fields = fields

    @admin.display(description="chunks")
    def its_chunks(self, operation: Operation) -> SafeString:
        """A link to its chunks."""
        return format_html('<a href="../../../chunk/?q={}">chunks</a>', operation.id)

    @admin.display(description="failures")
    def its_failures(self, operation: Operation) -> SafeString:
        """A link to what failed."""
        return format_html('<a href="../../../failedevent/?q={}">failed events</a>', operation.id)


@admin.register(Chunk)
class ChunkAdmin(ReadOnlyAdmin):
    """Events that travel together."""

    ordering = ("-id",)
    list_display = ("id", "state", "size", "attempts", "sweeps", "waiting_for", "error", "created_at", "finished_at")
    list_filter = (ProgressFilter,)
    id_search = ("operation_id",)
    search_help_text = "A chunk's number, or an operation's id"
    fields = (
        *("id", "operation_id", "state", "size", "replayed", "first_event_id", "last_event_id", "attempts"),
        *(
            "looked_up",
            "waiting_for",
            "waits",
            "lease_until",
            "sweeps",
            "sweep_at",
            "created_at",
            "finished_at",
            "error_in_full",
            "pretty_traceback",
        ),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chunk]:
        """Without the payloads: they are large, and not shown."""
        return super().get_queryset(request).defer("payload", "enrichment")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Chunk], search_term: str
    ) -> tuple[QuerySet[Chunk], bool]:
        """By number too."""
        term = search_term.strip()
        if term.isascii() and term.isdecimal():
            return (queryset.filter(id=int(term)) if len(term) < 19 else queryset.none()), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="last error")
    def error(self, chunk: Chunk) -> str:
        """Why it failed last, in short."""
        return short(chunk.last_error)

    @admin.display(description="last error")
    def error_in_full(self, chunk: Chunk) -> SafeString:
        """Why it failed last."""
        return block(chunk.last_error)

    @admin.display(description="last traceback")
    def pretty_traceback(self, chunk: Chunk) -> SafeString:
        """Where it was raised."""
        return block(chunk.last_traceback)
