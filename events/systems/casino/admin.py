"""The admin's page of the players."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.read_only_admin import AnyModelAdmin, EstimatingPaginator
from events.systems.casino.models import Player


@admin.register(Player)
class PlayerAdmin(AnyModelAdmin):
    """The casino's players; a change shows in the very next event."""

    list_display = ("id", "email", "last_signed_in_at")
    search_fields = ("pk",)  # shows the search box; get_search_results does the work
    search_help_text = "A player's number or e-mail address"
    show_full_result_count = False
    paginator = EstimatingPaginator

    def get_readonly_fields(self, request: HttpRequest, obj: Player | None = None) -> tuple[str, ...]:
        """The number stays: events name the player by it."""
        return ("id",) if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Player], search_term: str
    ) -> tuple[QuerySet[Player], bool]:
        """Uses players_pkey or players_email."""
        term = search_term.strip().replace("\0", "")
        if term.isascii() and term.isdecimal():
            return (queryset.filter(pk=int(term)) if len(term) < 19 else queryset.none()), False
        return (queryset.filter(email__iexact=term) if term else queryset), False
