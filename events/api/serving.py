"""How the web server serves a view (config/web)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def on_event_loop(method: Method) -> Method:
    """Declares that a view's method does nothing that blocks: it runs on the event loop, the others in threads.

    Django raises SynchronousOnlyOperation if it uses the database all the same.
    """
    method.runs_on_event_loop = True  # type: ignore[attr-defined]
    return method
