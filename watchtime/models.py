"""The totals of watch time. The projection writes them with SQL; the models serve the admin and the API's reads."""

from __future__ import annotations

from django.db import models


class PairTotal(models.Model):
    """What one user watched of one movie."""

    id = models.BigAutoField(primary_key=True)
    user_key = models.TextField("user")
    movie = models.TextField()
    watch_seconds = models.BigIntegerField(default=0)
    latest_moment = models.BigIntegerField(null=True)
    furthest_moment = models.BigIntegerField(null=True)
    last_time_us = models.BigIntegerField(null=True)
    last_event_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "watch_time_pairs"

    def __str__(self) -> str:
        return f"{self.user_key} watched {self.movie} for {self.watch_seconds} s"


class MovieTotal(models.Model):
    """What all users watched of one movie."""

    movie = models.TextField(primary_key=True)
    watch_seconds = models.BigIntegerField(default=0)
    viewers = models.BigIntegerField(default=0)
    rank = models.SmallIntegerField(editable=False)

    class Meta:
        db_table = "watch_time_movies"

    def __str__(self) -> str:
        return f"{self.movie}: {self.watch_seconds} s"


class UserTotal(models.Model):
    """What one user watched of all movies."""

    user_key = models.TextField("user", primary_key=True)
    watch_seconds = models.BigIntegerField(default=0)
    movies = models.BigIntegerField(default=0)
    rank = models.SmallIntegerField(editable=False)

    class Meta:
        db_table = "watch_time_users"

    def __str__(self) -> str:
        return f"{self.user_key}: {self.watch_seconds} s"
