"""The routes of watch time: totals of movies, users and pairs, and top lists."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from django.http import Http404, HttpResponse
from rest_framework.request import Request

from events.api.documents import Page
from events.api.openapi import CURSOR, LIMIT, query, reads
from events.api.parameters import page_of, read_choice, read_cursor, read_limit
from events.api.responses import JsonResponse
from events.api.view import View
from events.database import fetch_all
from watchtime.api import documents
from watchtime.models import MovieTotal, PairTotal, UserTotal
from watchtime.queries import queries

#: A cursor's, such as PostgreSQL can be asked for.
Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class MovieView(View):
    @reads(
        "getMovie", "Watch time of a movie", tag="Watch time", response=documents.Movie, missing="Nobody watched it."
    )
    def get(self, request: Request, movie: str) -> HttpResponse:
        """Seconds that all users watched of it, and how many they are."""
        total = _existing(MovieTotal.objects.filter(movie=movie).first(), f"Nobody watched a movie {movie!r:.80}.")
        return JsonResponse({"movie": total.movie, "watch_seconds": total.watch_seconds, "viewers": total.viewers})


class UserView(View):
    @reads(
        "getUser", "Watch time of a user", tag="Watch time", response=documents.User, missing="They watched nothing."
    )
    def get(self, request: Request, user: str) -> HttpResponse:
        """Seconds that the user watched of all movies, and how many they are."""
        total = _existing(UserTotal.objects.filter(user_key=user).first(), f"No user {user!r:.80} watched anything.")
        return JsonResponse({"user": total.user_key, "watch_seconds": total.watch_seconds, "movies": total.movies})


class PairView(View):
    @reads(
        "getPair",
        "Watch time of a user and a movie",
        tag="Watch time",
        response=documents.Pair,
        missing="They never did.",
    )
    def get(self, request: Request, user: str, movie: str) -> HttpResponse:
        """Seconds that the user watched of the movie, the latest and the furthest moment (seconds into it)."""
        return JsonResponse(_pair_document(_pair(user, movie)))


class LatestMomentView(View):
    @reads(
        "getLatestMoment",
        "Where a user is in a movie",
        tag="Watch time",
        response=documents.LatestMoment,
        missing="They never did.",
    )
    def get(self, request: Request, user: str, movie: str) -> HttpResponse:
        """The latest moment, in seconds into the movie; null if only played intervals are known."""
        document = _pair_document(_pair(user, movie))
        return JsonResponse({name: document[name] for name in ("user", "movie", "latest_moment", "updated_at")})


class UserMoviesView(View):
    @reads(
        "listMovies",
        "A user's movies",
        tag="Watch time",
        response=Page[documents.Pair],
        parameters=[LIMIT, CURSOR],
        missing="They watched nothing.",
    )
    def get(self, request: Request, user: str) -> HttpResponse:
        """The pairs of one user, by movie."""
        limit = read_limit(request.query_params)
        after = read_cursor(request.query_params, str)
        pairs = PairTotal.objects.filter(user_key=user)
        if after is None:
            _existing(pairs.first(), f"No user {user!r:.80} watched anything.")
        else:
            pairs = pairs.filter(movie__gt=after)
        documents = [_pair_document(pair) for pair in pairs.order_by("movie")[: limit + 1]]
        return JsonResponse(page_of(documents, limit, position_of=lambda pair: pair["movie"]))


class TopView(View):
    @reads(
        "listTop",
        "Movies or users by watch time, most first",
        tag="Watch time",
        response=Page[documents.Ranked],
        parameters=[
            query("of", {"type": "string", "enum": ["movies", "users"]}, "Which list", required=True),
            LIMIT,
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Movies or users by watch time, most first."""
        of = read_choice(request.query_params, "of", ("movies", "users"))
        limit = read_limit(request.query_params)
        seconds, key = read_cursor(request.query_params, tuple[Seconds, str]) or (None, "")
        query, names = (
            (queries.top_movies, ("movie", "watch_seconds", "viewers"))
            if of == "movies"
            else (queries.top_users, ("user", "watch_seconds", "movies"))
        )
        rows = fetch_all(query.sql, {"after_seconds": seconds, "after_key": key, "limit": limit + 1})
        documents = [dict(zip(names, row, strict=True)) for row in rows]
        return JsonResponse(page_of(documents, limit, position_of=lambda row: (row["watch_seconds"], row[names[0]])))


Total = TypeVar("Total")


def _existing(total: Total | None, otherwise: str) -> Total:
    if total is None:
        raise Http404(otherwise)
    return total


def _pair(user: str, movie: str) -> PairTotal:
    pair = PairTotal.objects.filter(user_key=user, movie=movie).first()
    return _existing(pair, f"No user {user!r:.80} watched a movie {movie!r:.80}.")


def _pair_document(pair: PairTotal) -> dict[str, Any]:
    return {
        "user": pair.user_key,
        "movie": pair.movie,
        "watch_seconds": pair.watch_seconds,
        "latest_moment": pair.latest_moment,
        "furthest_moment": pair.furthest_moment,
        "updated_at": pair.updated_at,
    }
