"""What every view of the API is."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from events.access import door
from events.access.routes import Access


class View(APIView):
    """A resource, whose methods are for those who have a key of the right scope.

    Attributes:
        access: who may use it; given by `events.api.routing.route`.
    """

    #: Without it every request fails.
    access: Access = None  # type: ignore[assignment]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Called before the method; raises RequestProblem (401, 403)."""
        super().initial(request, *args, **kwargs)
        scope = self.access.scope_of(request.method or "")
        if scope is not None:
            authorization = request.META.get("HTTP_AUTHORIZATION")
            door.require(door.identify(authorization, needs_key=self.access.needs_key(scope)), scope)
