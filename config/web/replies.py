"""Responses as granian sends them."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple, TypeAlias

from django.http.response import HttpResponseBase

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
