"""The admin's pages of watch time: the totals of pairs, movies and users."""

from __future__ import annotations

from django.contrib import admin

from events.read_only_admin import ReadOnlyAdmin, short
from watchtime.models import MovieTotal, PairTotal, UserTotal


@admin.register(PairTotal)
class PairTotalAdmin(ReadOnlyAdmin):
    """What one user watched of one movie."""

    ordering = ("-id",)
    list_display = ("id", "user", "movie_name", "watch_seconds", "latest_moment", "furthest_moment", "updated_at")
    key_search = ("user_key",)  # an index by movie as well would be written with every new pair
    search_help_text = "A user (alic* finds every one whose name begins so)"
    fields = (
        *("user_key", "movie", "watch_seconds", "latest_moment", "furthest_moment", "last_time_us", "last_event_id"),
        "updated_at",
    )
    readonly_fields = fields

    @admin.display(description="user")
    def user(self, pair: PairTotal) -> str:
        return short(pair.user_key)

    @admin.display(description="movie")
    def movie_name(self, pair: PairTotal) -> str:
        return short(pair.movie)


class RankedAdmin(ReadOnlyAdmin):
    """What lists of sums have in common: the largest come first."""

    # Through the index of `rank`; the sums of one rank (they differ by 2 %) are sorted then.
    ordering = ("-rank", "-watch_seconds", "pk")


@admin.register(MovieTotal)
class MovieTotalAdmin(RankedAdmin):
    """What all users watched of one movie."""

    list_display = ("name", "watch_seconds", "viewers")
    key_search = ("movie",)
    search_help_text = "A movie (dun* finds every one whose name begins so)"
    fields = ("movie", "watch_seconds", "viewers")
    readonly_fields = fields

    @admin.display(description="movie")
    def name(self, total: MovieTotal) -> str:
        return short(total.movie)


@admin.register(UserTotal)
class UserTotalAdmin(RankedAdmin):
    """What one user watched of all movies."""

    list_display = ("name", "watch_seconds", "movies")
    key_search = ("user_key",)
    search_help_text = "A user (alic* finds every one whose name begins so)"
    fields = ("user_key", "watch_seconds", "movies")
    readonly_fields = fields

    @admin.display(description="user")
    def name(self, total: UserTotal) -> str:
        return short(total.user_key)
