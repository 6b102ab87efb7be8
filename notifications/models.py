"""The tables of the notifications app. They are written with SQL; the models serve the admin and the API's reads."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    """How far a notification has come."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: States in which something is left to do.
OPEN_STATES = (State.PENDING, State.LEASED)


class Notification(models.Model):
    """A notification of a user, from the moment its trigger is known. Its id is the Idempotency-Key of every attempt.

    `occurred_at` and `deadline_at` are in event time: of the trigger, and of the end of the time in which something may
    prevent the notification.
    """

    id = models.UUIDField(primary_key=True)
    rule = models.TextField(db_collation="C")
    user_key = models.TextField("user", db_collation="C")
    #: Empty where the rule is about the user alone.
    item_key = models.TextField("item", db_default="", db_collation="C")
    trigger_id = models.UUIDField()
    occurred_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField(choices=State.choices, db_collation="C")
    reason = models.TextField(db_default="")
    body = models.JSONField()
    attempts = models.IntegerField(db_default=0)
    #: Null: what users do may still change it.
    decided_at = models.DateTimeField(null=True)
    #: When something is to be done about it: the decision, the next attempt, or finding that its worker died.
    next_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True)
    #: A task was dispatched for it; the sweep leaves it alone until then.
    dispatched_until = models.DateTimeField(null=True)
    dispatches = models.SmallIntegerField(db_default=0)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notifications"
        indexes = [
            # What there is to do, by when.
            models.Index(fields=["next_at"], name="notifications_open", condition=Q(state__in=OPEN_STATES)),
            # A user's, and a state's, newest notifications.
            models.Index(fields=["user_key", "id"], name="notifications_user"),
            models.Index(fields=["state", "id"], name="notifications_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "user_key", "item_key", "occurred_at"], name="notifications_trigger"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="notifications_known_state"),
            models.CheckConstraint(
                condition=Q(state=State.LEASED, lease_token__isnull=False)
                | (~Q(state=State.LEASED) & Q(lease_token__isnull=True)),
                name="notifications_leased_with_token",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False) | Q(state__in=[State.PENDING, State.CANCELLED]),
                name="notifications_decided_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} for {self.user_key}"


class NotifiedUser(models.Model):
    """A user whom a rule concerns; the row is locked while that user's notifications are planned or decided."""

    user_key = models.TextField("user", primary_key=True, db_collation="C")
    #: In event time: notifications of what happened up to then were deleted for their age, and come no more.
    forgotten_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "notification_users"

    def __str__(self) -> str:
        return self.user_key
