"""The product's routes, and some that are only for tests of the web server."""

from collections.abc import Iterator

from django.http import JsonResponse, StreamingHttpResponse
from rest_framework.request import Request

from config.urls import urlpatterns as product_patterns
from events.access.routes import PUBLIC
from events.api.routing import route
from events.api.view import View
from events.models import Operation
from events.watched_operations import watchers

PIECE = b"x" * 1_000_000
PIECES = 400
#: Pieces of /large that were made so far.
made = 0


class LargeView(View):
    """400 MB."""

    def get(self, request: Request) -> StreamingHttpResponse:
        return StreamingHttpResponse(_pieces())


def _pieces() -> Iterator[bytes]:
    global made
    for _ in range(PIECES):
        made += 1
        yield PIECE


class FailingView(View):
    """A download that fails when a part of it is sent already."""

    def get(self, request: Request) -> StreamingHttpResponse:
        return StreamingHttpResponse(_failing_pieces())


def _failing_pieces() -> Iterator[bytes]:
    yield PIECE
    raise RuntimeError("the second piece cannot be made")


class StateView(View):
    """What the process holds."""

    def get(self, request: Request) -> JsonResponse:
        return JsonResponse({"made": made, "watches": watchers.count, "operations": Operation.objects.count()})


urlpatterns = [
    route("tests/large", LargeView, name="large", get=PUBLIC),
    route("tests/failing", FailingView, name="failing", get=PUBLIC),
    route("tests/state", StateView, name="state", get=PUBLIC),
    *product_patterns,
]
