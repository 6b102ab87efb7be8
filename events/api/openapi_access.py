"""What the description of the API says about access: the security scheme, and which scope each operation needs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from events.api import documents
from events.api.openapi import PROBLEM, Schema, schema_of
from events.api.problem_examples import PROBLEMS, example_of
from events.api.view import View

NAME = "apiKey"
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "tdm_ and 36 letters and digits",
    "description": "An API key. What each operation lists are the scopes that the key must have.",
}


class AccessSchema(AutoSchema):
    """Describes an operation together with the scope that it needs."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """OpenAPI 3.1, "Security Requirement Object": any one of these is enough."""
        assert isinstance(self.view, View)
        scope = self.view.access.scope_of(self.method)
        if scope is None:
            return []
        key = {NAME: [scope.value]}
        return [key] if self.view.access.needs_key(scope) else [{}, key]


def add_refusals(result: Schema, **_: Any) -> Schema:
    """Called by drf-spectacular when the description is complete: adds the scheme, and how the door refuses."""
    result["components"]["securitySchemes"] = {NAME: SCHEME}
    refusals = {str(status): _refusal(status) for status in (401, 403)}
    for operations in result["paths"].values():
        for operation in operations.values():
            if operation.get("security"):
                operation["responses"] = dict(sorted({**refusals, **operation["responses"]}.items()))
    return result


def _refusal(status: int) -> Schema:
    example = {"value": example_of(status), "summary": f"problem {status}"}
    return {
        "description": PROBLEMS[status].description,
        "headers": {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "As RFC 6750 has it"}},
        "content": {PROBLEM: {"schema": schema_of(documents.Problem), "examples": {f"Problem{status}": example}}},
    }
