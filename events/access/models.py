"""The keys that were made."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from events.access import rates
from events.access.scopes import Scope
from events.settings.kinds import check_origin

NAME = r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$"


def validate_origin(origin: str) -> None:
    """Raises ValidationError unless it is what browsers send as `Origin`."""
    try:
        check_origin(origin)
    except ValueError:
        message = f"{origin!r} is no origin; write one as https://shop.example.org, without a path."
        raise ValidationError(message) from None


class ApiKey(models.Model):
    """A client's key. What is kept of its text does not tell the text.

    Attributes:
        name: the client's. It is the owner of what is sent: a client that replaces its key keeps its name.
        prefix: how the key begins.
        digest: SHA-256 of the whole key.
        last_used_at: to the minute.
        limit: events it may send, such as 1000/s; empty: as many as it likes.
        origins: of web pages that may use it; a key that has some is public, and can only ingest.
        text: the whole key, known while it is made and never again.
    """

    text = ""

    name = models.TextField(
        validators=[
            RegexValidator(
                NAME, "A name has 1 to 100 letters, digits, spaces and . _ @ -, and begins with none of the latter."
            )
        ]
    )
    prefix = models.TextField(db_collation="C", editable=False)
    digest = models.BinaryField()
    scopes = ArrayField(models.TextField(choices=[(scope.value, scope.value) for scope in Scope]))
    limit = models.TextField(
        blank=True,
        default="",
        validators=[RegexValidator(rates.PATTERN, "A limit is a number of events by s, m, h or d, such as 1000/s.")],
    )
    origins = ArrayField(models.TextField(validators=[validate_origin]), blank=True, default=list)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="api_keys_prefix"),
            models.UniqueConstraint(fields=["digest"], name="api_keys_digest"),
            models.CheckConstraint(condition=Q(name__regex=NAME), name="api_keys_name"),
            models.CheckConstraint(condition=Q(limit__regex=rates.PATTERN), name="api_keys_limit"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[scope.value for scope in Scope], scopes__len__gt=0),
                name="api_keys_scopes",
                violation_error_message=f"A key has one or more of the scopes {', '.join(Scope)}.",
            ),
            models.CheckConstraint(
                condition=Q(origins__len=0) | Q(scopes=[Scope.INGEST.value]),
                name="api_keys_origins",
                violation_error_message="A key with origins is public, so it can only have the scope ingest.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def state(self, *, now: datetime) -> str:
        """In a word: valid, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"
