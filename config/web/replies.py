"""Responses as granian sends them."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

Headers: TypeAlias = list[tuple[str, str]]

#: What is left of a body is not read, so the connection ends; a client that knows sends nothing more on it.
BODY_IS_LEFT = ("connection", "close")


class Reply(NamedTuple):
    """A response that is sent at once."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def of(cls, response: HttpResponseBase, *more: tuple[str, str]) -> Reply:
        """Django's response, with more headers."""
        return cls(response.status_code, [*headers_of(response), *more], b"".join(response))


def headers_of(response: HttpResponseBase) -> Headers:
    """The headers of a response, cookies included."""
    headers = [(name.lower(), value) for name, value in response.items()]
    headers += [("set-cookie", cookie.OutputString()) for cookie in response.cookies.values()]
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers.append(BODY_IS_LEFT)
    return headers


@lru_cache(maxsize=256)
def usual_headers(origin: str) -> Headers:
    """What Django's middleware adds to every response, and for a web page of an origin that may read it."""
    request, response = HttpRequest(), HttpResponse()
    request.META["HTTP_X_FORWARDED_PROTO"] = "https" if settings.SECURE_SSL_REDIRECT else "http"
    request.META["HTTP_ORIGIN"] = origin
    del response["Content-Type"]
    for middleware in (SecurityMiddleware, XFrameOptionsMiddleware):
        middleware(lambda _request: response).process_response(request, response)
    CorsMiddleware(lambda _request: response).add_response_headers(request, response)
    return headers_of(response)
