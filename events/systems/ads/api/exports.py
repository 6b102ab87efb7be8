"""The routes of the files made of what ad clients sent."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request

from events.api.openapi import Decorator, sends_text
from events.api.view import View
from events.exceptions import Unavailable
from events.systems.ads.columns import COLUMNS, SERVER_FILE, SERVING_FILE, TYPES_BY_FILE, USER_FILE, VALIDATED_FILE
from events.systems.ads.exceptions import ValidatorStarved
from events.systems.ads.export import csv_pages, newest_ad_event

CSV = "text/csv; charset=utf-8"
#: A file that grows must not come out of a cache.
NOT_CACHED = {"Cache-Control": "no-store"}


def _exports(operation_id: str, summary: str) -> Decorator[Any]:
    return extend_schema_view(
        get=sends_text(operation_id, summary, tag="Ads", media_type="text/csv", description=f"`{','.join(COLUMNS)}`")
    )


class ExportView(View):
    """One of the files, as it is at this moment."""

    file: ClassVar[str]

    def get(self, request: Request) -> HttpResponseBase:
        """The stored events as CSV in the order in which they were received, streamed."""
        pages = csv_pages(TYPES_BY_FILE[self.file], until=newest_ad_event())
        headers = {"Content-Disposition": f'attachment; filename="{self.file}"', **NOT_CACHED}
        return StreamingHttpResponse(pages, content_type=CSV, headers=headers)


@_exports("exportServingEvents", "The serving events, in the order received")
class ServingEventsView(ExportView):
    """Ads that were served."""

    file = SERVING_FILE


@_exports("exportServerEvents", "The serving events by the file's other name")
class ServerEventsView(ExportView):
    """The same file as ServingEventsView."""

    file = SERVER_FILE


@_exports("exportUserEvents", "The impressions and clicks, in the order received")
class UserEventsView(ExportView):
    """What followed."""

    file = USER_FILE


@_exports("exportValidatedEvents", "The impressions and clicks that follow from a serving event")
class ValidatedEventsView(View):
    """What the validator makes of the other two files."""

    #: The validator takes memory and both processors: one at a time in a web process.
    _validating = threading.BoundedSemaphore(1)

    def get(self, request: Request) -> HttpResponseBase:
        """The user events that follow from a serving event, one per parentEventId and eventType, as CSV.

        503 while another request makes the same file, or if there is no room for it.
        """
        if not self._validating.acquire(blocking=False):
            raise Unavailable("The ad events are being validated for somebody else; ask again in a moment.")
        # Not before it is needed: DuckDB is large.
        from events.systems.ads.stored import open_validated

        try:
            file = open_validated()
        except ValidatorStarved as error:
            raise Unavailable(str(error)) from None
        finally:
            self._validating.release()
        # The file has no name any more, so the response is told one.
        return FileResponse(file, as_attachment=True, filename=VALIDATED_FILE, content_type=CSV, headers=NOT_CACHED)
