"""Responses as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse

JSON = "application/json"


class JsonResponse(HttpResponse):
    """A document as JSON; moments as ISO 8601 in UTC with a Z."""

    def __init__(self, document: Any, *, status: int = 200, location: str | None = None) -> None:
        content = document if isinstance(document, bytes) else encode(document)
        super().__init__(content, status=status, content_type=JSON)
        if location is not None:
            self["Location"] = location


def encode(document: Any) -> bytes:
    """The JSON of a document of plain values, moments, UUIDs and msgspec.Raw."""
    return msgspec.json.encode(document)
