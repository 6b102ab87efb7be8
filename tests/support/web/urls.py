"""The product's routes, and some that are only for tests of the web server."""

from collections.abc import Iterator

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path

from config.urls import urlpatterns as product_patterns
from events.models import Operation
from events.watched_operations import watchers

PIECE = b"x" * 1_000_000
PIECES = 400
#: Pieces of /large that were made so far.
made = 0


def large(_request: HttpRequest) -> StreamingHttpResponse:
    """400 MB."""
    return StreamingHttpResponse(_pieces())


def _pieces() -> Iterator[bytes]:
    global made
    for _ in range(PIECES):
        made += 1
        yield PIECE


def failing(_request: HttpRequest) -> StreamingHttpResponse:
    """A download that fails when a part of it is sent already."""
    return StreamingHttpResponse(_failing_pieces())


def _failing_pieces() -> Iterator[bytes]:
    yield PIECE
    raise RuntimeError("the second piece cannot be made")


def state(_request: HttpRequest) -> JsonResponse:
    """What the process holds."""
    return JsonResponse({"made": made, "watches": watchers.count, "operations": Operation.objects.count()})


urlpatterns = [
    path("tests/large", large),
    path("tests/failing", failing),
    path("tests/state", state),
    *product_patterns,
]
