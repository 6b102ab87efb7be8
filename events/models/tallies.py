"""How many events came to which end."""

from __future__ import annotations

from django.db import models


class UnsupportedType(models.Model):
    """A type that nobody declared and that is counted by its name: one of the first. Others are counted together."""

    name = models.TextField(primary_key=True, db_collation="C")

    class Meta:
        db_table = "unsupported_types"

    def __str__(self) -> str:
        return self.name


class EventTally(models.Model):
    """How many events of a type came to which end. Spread over slots, so that workers do not wait for one row."""

    pk = models.CompositePrimaryKey("type", "slot")
    type = models.TextField(db_collation="C")
    slot = models.SmallIntegerField()
    processed = models.BigIntegerField()
    duplicate = models.BigIntegerField()
    failed = models.BigIntegerField()
    rejected = models.BigIntegerField()
    unsupported = models.BigIntegerField()
    cancelled = models.BigIntegerField()
    #: Of those that were processed: older than what is known of their pair, and so in no total.
    too_late = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "event_tallies"

    def __str__(self) -> str:
        return f"{self.type} {self.slot}"
