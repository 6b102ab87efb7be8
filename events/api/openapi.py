"""The description of the API (OpenAPI 3.1): what the routes' decorators say, and the event types out of their registry.

Describing a new route: docs/api.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from events.api import documents
from events.api.event_components import ANY_EVENT, EVENT_OF_ROUTE, REF, event_components, type_of_component
from events.api.examples import accepted_examples, request_examples, types_with_example
from events.api.problem_examples import PROBLEMS, example_of
from events.conf import conf
from events.intake.body import BATCHED, JSON, NDJSON, STRUCTURED, TEXT

Schema = dict[str, Any]
Decorated = TypeVar("Decorated")
Decorator = Callable[[Decorated], Decorated]

PROBLEM = "application/problem+json"
#: What is described under "components".
_described: list[Any] = [documents.Problem]

HEADER: Literal["header"] = "header"
QUERY: Literal["query"] = "query"
PATH: Literal["path"] = "path"
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, QUERY, description="Rows of a page"
)
CURSOR = OpenApiParameter("cursor", str, QUERY, description="The `next` of the page before")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    HEADER,
    description="The same key with the same body within 24 h is answered as the first time, and counts once",
)
ENCODING = OpenApiParameter(
    "Content-Encoding", {"type": "string", "enum": ["gzip"]}, HEADER, description="How the body is packed, if it is"
)
LOCATION = OpenApiParameter(
    "Location", OpenApiTypes.URI_REF, HEADER, response=[202], description="Where to follow what was accepted"
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After", int, HEADER, response=[429, 503], description="Seconds after which to try again"
)
_ACCEPTED_OR_NOT = [200, 202, 400, 413, 415, 422, 429]
QUOTA = (
    OpenApiParameter(
        "RateLimit-Policy",
        str,
        HEADER,
        response=_ACCEPTED_OR_NOT,
        description="What a sender who has a limit may send: `q` events in `w` seconds",
    ),
    OpenApiParameter(
        "RateLimit",
        str,
        HEADER,
        response=_ACCEPTED_OR_NOT,
        description="`r` of these are left; `t` seconds pass before more are",
    ),
)


def query(name: str, schema: Schema | type, description: str, *, required: bool = False) -> OpenApiParameter:
    """A query parameter."""
    return OpenApiParameter(name, schema, QUERY, description=description, required=required)


def reads(
    operation_id: str,
    summary: str,
    *,
    tag: str,
    response: Any,
    parameters: Sequence[OpenApiParameter] = (),
    missing: str | None = None,
) -> Decorator[Any]:
    """Describes a GET that responds with a document.

    Args:
        response: the struct that describes the document.
        missing: what a 404 means, if there is one.
    """
    statuses = [400] * bool(parameters) + [404] * bool(missing) + [503]
    responses = {(200, JSON): OpenApiResponse(schema_of(response), description="Here it is.")} | _problems(
        statuses, {404: missing or ""}
    )
    decorate: Decorator[Any] = extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=[tag],
        parameters=[*parameters, RETRY_AFTER],
        responses=responses,
    )
    return decorate


def cancels(operation_id: str, summary: str, *, response: Any, missing: str) -> Decorator[Any]:
    """Describes a DELETE that responds with a document; `missing` is what a 404 means."""
    decorate: Decorator[Any] = extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=["Operations"],
        parameters=[RETRY_AFTER],
        responses={(200, JSON): OpenApiResponse(schema_of(response), description="What is left of it.")}
        | _problems([404, 503], {404: missing}),
    )
    return decorate


def sends_text(
    operation_id: str,
    summary: str,
    *,
    tag: str,
    media_type: str,
    description: str,
    parameters: Sequence[OpenApiParameter] = (),
    missing: str | None = None,
    body: Schema | None = None,
    examples: Sequence[OpenApiExample] = (),
    has_quota: bool = False,
) -> Decorator[Any]:
    """Describes a route that responds with text of some media type.

    Args:
        description: what a 200 means.
        body: what may be sent, by media type; None: there is no body.
        examples: of such a body.
        missing: what a 404 means, if there is one.
        has_quota: whether it takes events, which limits may refuse.
    """
    statuses = [404] * bool(missing) + [400, 413, 415] * bool(body) + [429] * has_quota + [503]
    decorate: Decorator[Any] = extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=[tag],
        parameters=[*parameters, *(QUOTA if has_quota else ()), RETRY_AFTER],
        request=body,
        examples=list(examples),
        responses={(200, media_type): OpenApiResponse(OpenApiTypes.STR, description=description)}
        | _problems(statuses, {404: missing or ""}),
    )
    return decorate


def takes_events(
    operation_id: str,
    summary: str,
    *,
    of: str = ANY_EVENT,
    batches: bool = True,
    is_text: bool = False,
    parameters: Sequence[OpenApiParameter] = (),
) -> Decorator[Any]:
    """Describes a POST that takes events.

    Args:
        of: the component that describes one event.
        batches: whether several may be sent.
        is_text: whether JSON may say that it is text.
    """
    one = {"$ref": REF.format(name=of)}
    cloudevent = schema_of(documents.CloudEvent)
    request: dict[str, Any] = {JSON: one, STRUCTURED: cloudevent}
    accepted = [schema_of(documents.AcceptedEvent)]
    if batches:
        several = {"type": "array", "items": one, "minItems": 1, "maxItems": conf.MAX_EVENTS_PER_REQUEST}
        envelope = {"type": "object", "properties": {"events": several}, "required": ["events"]}
        request = {
            JSON: {"anyOf": [one, several, envelope]},
            NDJSON: {"type": "string", "description": "One event a line"},
            STRUCTURED: cloudevent,
            BATCHED: {"type": "array", "items": cloudevent, "minItems": 1, "maxItems": conf.MAX_EVENTS_PER_REQUEST},
        }
        accepted.append(schema_of(documents.AcceptedEvents))
    if is_text:
        request[TEXT] = {"type": "string", "description": "The same JSON"}
    decorate: Decorator[Any] = extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=["Intake"],
        parameters=[*parameters, *_path_parameters(of), IDEMPOTENCY_KEY, ENCODING, LOCATION, *QUOTA, RETRY_AFTER],
        request=request,
        examples=_request_examples(of, batches=batches, is_text=is_text),
        responses={
            (202, JSON): OpenApiResponse(
                {"anyOf": accepted} if batches else accepted[0],
                description="Committed: whatever happens now, each accepted event is processed once.",
                examples=accepted_examples(batches=batches),
            )
        }
        | _problems([400, 413, 415, 422, 429, 503]),
    )
    return decorate


def _request_examples(of: str, *, batches: bool, is_text: bool) -> list[OpenApiExample]:
    if of == ANY_EVENT:
        return request_examples(types_with_example(), named=True, batches=batches, is_text=is_text)
    if of == EVENT_OF_ROUTE:
        return request_examples(types_with_example()[:1], named=False, batches=batches)
    return request_examples(types_with_example(type_of_component(of)), named=False, batches=batches)


def _path_parameters(of: str) -> list[OpenApiParameter]:
    if of != EVENT_OF_ROUTE:
        return []
    names = [OpenApiExample(declared.name, declared.name) for declared in types_with_example()[:1]]
    return [OpenApiParameter("type_name", str, PATH, description="The type of the events", examples=names)]


def schema_of(document: Any) -> Schema:
    """A reference to the description of a struct, which is put among the components."""
    if document not in _described:
        _described.append(document)
    schemas, _ = msgspec.json.schema_components([document], ref_template=REF)
    reference: Schema = schemas[0]
    return reference


def add_components(result: Schema, **_: Any) -> Schema:
    """Called by drf-spectacular when the description is complete but for the components: adds them."""
    components = msgspec.json.schema_components(_described, ref_template=REF)[1]
    result.setdefault("components", {}).setdefault("schemas", {}).update(components | event_components())
    return result


def _problems(statuses: Sequence[int], descriptions: dict[int, str] | None = None) -> dict[Any, OpenApiResponse]:
    return {
        (status, PROBLEM): OpenApiResponse(
            schema_of(documents.Problem),
            description=(descriptions or {}).get(status) or PROBLEMS[status].description,
            examples=[OpenApiExample(f"problem {status}", example_of(status), media_type=PROBLEM)],
        )
        for status in statuses
    }
