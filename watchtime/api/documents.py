"""The shapes of the responses about watch time, for the API's description."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Seconds = Annotated[int, Meta(ge=0, description="Seconds")]
Moment = Annotated[int | None, Meta(description="Seconds into the movie; null if only played intervals are known")]


class Movie(msgspec.Struct):
    """What all users watched of a movie."""

    movie: str
    watch_seconds: Seconds
    viewers: Annotated[int, Meta(ge=0)]


class User(msgspec.Struct):
    """What a user watched of all movies."""

    user: str
    watch_seconds: Seconds
    movies: Annotated[int, Meta(ge=0)]


class Pair(msgspec.Struct):
    """What a user watched of a movie."""

    user: str
    movie: str
    watch_seconds: Seconds
    latest_moment: Moment
    furthest_moment: Moment
    updated_at: datetime


class LatestMoment(msgspec.Struct):
    """Where a user is in a movie."""

    user: str
    movie: str
    latest_moment: Moment
    updated_at: datetime


class Ranked(msgspec.Struct):
    """A movie with its viewers, or a user with how many movies they watched."""

    watch_seconds: Seconds
    movie: str | UnsetType = UNSET
    viewers: int | UnsetType = UNSET
    user: str | UnsetType = UNSET
    movies: int | UnsetType = UNSET
