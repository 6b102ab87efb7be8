"""The table of docs/security.md: which route needs which scope."""

from __future__ import annotations

import re

from events.api.routing import all_routes


def routes_table() -> str:
    """A Markdown table with a line for each method of each route."""
    rows = [
        f"| `{method} {_as_written(route.path)}` | {f'`{scope}`' if scope else 'none'} | `{route.access.route}` |\n"
        for route in all_routes()
        if route.access
        for method, scope in route.access.scopes.items()
    ]
    return f"| request | scope | name in `OPEN_ROUTES` |\n|---|---|---|\n{''.join(rows)}"


def _as_written(pattern: str) -> str:
    """A pattern of Django's as OpenAPI has it."""
    return re.sub(r"<\w+:(\w+)>", r"{\1}", pattern)
