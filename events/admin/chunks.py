"""Chunks, and how far they are."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from events.admin_filters import ProgressFilter
from events.models import Chunk
from events.read_only_admin import ReadOnlyAdmin, block, short


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
