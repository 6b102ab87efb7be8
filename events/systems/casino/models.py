"""The casino's table: its players."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Upper


class Player(models.Model):
    """A player of the casino, as its events name them; kept by whoever runs the casino, read for each event."""

    id = models.BigIntegerField(primary_key=True)
    email = models.EmailField(blank=True)
    last_signed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "players"
        ordering = ["id"]
        indexes = [models.Index(Upper("email"), name="players_email")]  # the admin's search

    def __str__(self) -> str:
        return f"player #{self.pk}"
