"""Making keys, and taking them back."""

from __future__ import annotations

from datetime import datetime

from events.access.keys import digest_of, make_key, prefix_of
from events.access.models import ApiKey


def issue(key: ApiKey, *, now: datetime) -> str:
    """Stores a new key whose name, scopes and the like are filled in; returns its text, which is kept nowhere.

    Raises ValidationError.
    """
    text = make_key()
    key.prefix, key.digest, key.created_at = prefix_of(text), digest_of(text), now
    key.full_clean()
    key.save(force_insert=True)
    return text


def revoke(key: ApiKey, *, now: datetime) -> bool:
    """Has it refused everywhere, a few seconds from now; False if it was revoked before. Uses api_keys_pkey."""
    return ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now) == 1
