"""The tables of the notifications app. They are written with SQL; the models serve the admin and the API's reads."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """How far a notification has come."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Notification(models.Model):
    """One thing to tell a user, from the moment it may become due. Its id is the Idempotency-Key of every attempt."""

    id = models.UUIDField(primary_key=True)
    rule = models.TextField()
    user_key = models.TextField("user")
    item_key = models.TextField("item", default="")
    trigger_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField(choices=State.choices)
    reason = models.TextField(default="")
    body = models.JSONField()
    attempts = models.IntegerField(default=0)
    decided_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    handed_until = models.DateTimeField(null=True)
    handings = models.SmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notifications"

    def __str__(self) -> str:
        return f"{self.rule} for {self.user_key}"


class NotifiedUser(models.Model):
    """A user whom a rule concerns; the row is held while that user's notifications are worked out or decided."""

    user_key = models.TextField("user", primary_key=True)

    class Meta:
        db_table = "notification_users"

    def __str__(self) -> str:
        return self.user_key
