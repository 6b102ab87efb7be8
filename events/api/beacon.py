"""`POST /v1/beacon`: events of web pages, also of those that are being left, by `navigator.sendBeacon`.

A beacon has no headers of its own, so the key stands in the address, and JSON says that it is text. An address is
no place for a secret: only a publishable key may stand there, which can do nothing but send events from its origins.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import msgspec
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from events.access.exceptions import UnpublishableKey
from events.access.principals import Principal
from events.api.intake import Accepted, IntakeView
from events.api.openapi import query, takes_events
from events.intake.body import JSON, TEXT, IntakeRequest
from events.intake.runner import Runner

KEY = "key"


@extend_schema_view(
    post=takes_events(
        "postBeacon",
        "Post events from a web page, as navigator.sendBeacon does",
        parameters=[query(KEY, str, "An API key that has origins, and is sent from one of them")],
        is_text=True,
    )
)
class BeaconView(IntakeView):
    """Takes events that name their type, as text."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Leaves the key to `receive`, which finds it in the address."""
        APIView.initial(self, request, *args, **kwargs)

    async def receive(self, request: IntakeRequest, runner: Runner, *, type_name: str | None = None) -> Accepted:
        """The same as of other requests, once the key and the media type are where others have them."""
        return await super().receive(_as_others(request), runner, type_name=type_name)

    async def admit(self, request: IntakeRequest, runner: Runner) -> Principal:
        """Raises UnpublishableKey, besides, for another key in the address."""
        principal = await super().admit(request, runner)
        if _key_of(request) and not principal.origins:
            raise UnpublishableKey
        return principal


def _as_others(request: IntakeRequest) -> IntakeRequest:
    headers = dict(request.headers)
    media_type, semicolon, parameters = headers.get("CONTENT_TYPE", "").partition(";")
    if media_type.strip().lower() == TEXT:
        headers["CONTENT_TYPE"] = f"{JSON}{semicolon}{parameters}"
    if key := _key_of(request):
        headers["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return msgspec.structs.replace(request, headers=headers)


def _key_of(request: IntakeRequest) -> str | None:
    return next(iter(parse_qs(request.headers.get("QUERY_STRING", "")).get(KEY, ())), None)
