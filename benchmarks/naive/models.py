"""The naive solution's tables: events, and totals of pairs, movies and users."""

from django.db import models


class Event(models.Model):
    """A heartbeat; its id makes it count once."""

    id = models.TextField(primary_key=True)
    user = models.TextField()
    movie = models.TextField()
    at = models.IntegerField()
    time = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        db_table = "naive_events"
        indexes = [models.Index(fields=["user", "movie", "time"])]

    def __str__(self) -> str:
        return self.id


class Pair(models.Model):
    user = models.TextField()
    movie = models.TextField(db_index=True)
    watch_seconds = models.BigIntegerField(default=0)
    latest_moment = models.IntegerField(default=0)

    class Meta:
        db_table = "naive_pairs"
        constraints = [models.UniqueConstraint(fields=["user", "movie"], name="naive_pairs_user_movie")]

    def __str__(self) -> str:
        return f"{self.user} {self.movie}"


class Movie(models.Model):
    movie = models.TextField(primary_key=True)
    watch_seconds = models.BigIntegerField(default=0)

    class Meta:
        db_table = "naive_movies"

    def __str__(self) -> str:
        return self.movie


class User(models.Model):
    user = models.TextField(primary_key=True)
    watch_seconds = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)

    class Meta:
        db_table = "naive_users"

    def __str__(self) -> str:
        return self.user
