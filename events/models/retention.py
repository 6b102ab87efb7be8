"""How far the pruning of events is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class MonthToPrune(models.Model):
    """A month of events that is too old: which dependents need it no more, and where the next one goes on."""

    name = models.TextField(primary_key=True, db_collation="C")
    settled = ArrayField(models.TextField(), default=list)
    position = ArrayField(models.TextField(), null=True)

    class Meta:
        db_table = "months_to_prune"

    def __str__(self) -> str:
        return self.name
