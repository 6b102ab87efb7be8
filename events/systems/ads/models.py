"""The ad system's tables: which directories are kept current, and what they still lack."""

from __future__ import annotations

from django.db import models


class CollectedDirectory(models.Model):
    """A directory in which `collect_ads` keeps the ad files current.

    What lies in a file beyond `serving_bytes` or `user_bytes` was written by a process that died before it said so.
    """

    id = models.UUIDField(primary_key=True)
    directory = models.TextField()
    created_at = models.DateTimeField()
    #: Of the events that were stored before the directory was collected, those up to this one are in the files.
    exported_until = models.UUIDField(null=True)
    is_exported = models.BooleanField(default=False)
    serving_bytes = models.BigIntegerField(default=0)
    user_bytes = models.BigIntegerField(default=0)

    class Meta:
        db_table = "collected_directories"
        verbose_name_plural = "collected directories"

    def __str__(self) -> str:
        return self.directory


class UncollectedEvent(models.Model):
    """An ad event that was stored since a directory is collected, and is not in its files yet."""

    pk = models.CompositePrimaryKey("directory_id", "event_id")
    directory_id = models.UUIDField()
    event_id = models.UUIDField()

    class Meta:
        db_table = "uncollected_events"

    def __str__(self) -> str:
        return str(self.event_id)
