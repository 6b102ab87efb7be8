"""The totals of watch time. The projection writes them with SQL; the models declare them, and serve admin and API.

Keys compare by bytes (`db_collation="C"`), so Python and PostgreSQL sort them alike.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Cast, Floor, Greatest, Ln


def _rank() -> models.GeneratedField:
    """Grows with the logarithm of the seconds, in steps of 2 %.

    It orders the top lists through its index, and yet seldom changes: most updates of a total touch no index (HOT).
    """
    seconds = Cast(Greatest("watch_seconds", 1), models.FloatField())
    return models.GeneratedField(
        expression=Cast(Floor(50 * Ln(seconds)), models.SmallIntegerField()),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )


class PairTotal(models.Model):
    """What one user watched of one movie."""

    id = models.BigAutoField(primary_key=True)
    user_key = models.TextField("user", db_collation="C")
    movie = models.TextField(db_collation="C")
    watch_seconds = models.BigIntegerField(db_default=0)
    latest_moment = models.BigIntegerField(null=True)
    furthest_moment = models.BigIntegerField(null=True)
    #: Key (time in microseconds since 1970, event id) of the last observation that is counted; null: none yet.
    last_time_us = models.BigIntegerField(null=True)
    last_event_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "watch_time_pairs"
        constraints = [models.UniqueConstraint(fields=["user_key", "movie"], name="watch_time_pairs_user_movie")]

    def __str__(self) -> str:
        return f"{self.user_key} watched {self.movie} for {self.watch_seconds} s"


class PairBaseline(models.Model):
    """A pair's state after all observations up to a key, since the events of some of them are gone."""

    pk = models.CompositePrimaryKey("user_key", "movie")
    user_key = models.TextField("user", db_collation="C")
    movie = models.TextField(db_collation="C")
    watch_seconds = models.BigIntegerField()
    latest_moment = models.BigIntegerField(null=True)
    furthest_moment = models.BigIntegerField(null=True)
    #: The key: time in microseconds since 1970, and event id.
    last_time_us = models.BigIntegerField()
    last_event_id = models.UUIDField()

    class Meta:
        db_table = "watch_time_baselines"

    def __str__(self) -> str:
        return f"{self.user_key} watched {self.movie} for {self.watch_seconds} s"


class MovieTotal(models.Model):
    """What all users watched of one movie."""

    movie = models.TextField(primary_key=True, db_collation="C")
    watch_seconds = models.BigIntegerField(db_default=0)
    viewers = models.BigIntegerField(db_default=0)
    rank = _rank()

    class Meta:
        db_table = "watch_time_movies"
        indexes = [models.Index(fields=["rank"], name="watch_time_movies_rank")]  # the top list

    def __str__(self) -> str:
        return f"{self.movie}: {self.watch_seconds} s"


class UserTotal(models.Model):
    """What one user watched of all movies."""

    user_key = models.TextField("user", primary_key=True, db_collation="C")
    watch_seconds = models.BigIntegerField(db_default=0)
    movies = models.BigIntegerField(db_default=0)
    rank = _rank()

    class Meta:
        db_table = "watch_time_users"
        indexes = [models.Index(fields=["rank"], name="watch_time_users_rank")]  # the top list

    def __str__(self) -> str:
        return f"{self.user_key}: {self.watch_seconds} s"
