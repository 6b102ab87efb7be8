"""API keys in the database, for tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from events.access.keys import digest_of, make_key, prefix_of
from events.access.models import ApiKey
from events.clock import utc_now


def store_key(*scopes: str, name: str = "shop", now: datetime | None = None, **fields: Any) -> str:
    """A key of these scopes."""
    key = make_key()
    ApiKey.objects.create(
        name=name, prefix=prefix_of(key), digest=digest_of(key), scopes=scopes, created_at=now or utc_now(), **fields
    )
    return key


def bearer(key: str) -> dict[str, str]:
    """The header that sends it."""
    return {"authorization": f"Bearer {key}"}


def with_other_checksum(keys: Sequence[str]) -> list[str]:
    """The same keys, each mistyped at its end."""
    return [key[:-1] + ("0" if key[-1] != "0" else "1") for key in keys]
