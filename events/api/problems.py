"""Errors as `application/problem+json` (RFC 9457). The one place where an error becomes an HTTP answer."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

from events.database import DATABASE_AWAY
from events.exceptions import NothingAcceptable, RequestProblem, Unavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class ProblemResponse(HttpResponse):
    """One problem.

    Args:
        status: the HTTP status.
        detail: a sentence that names what is wrong and the cure.
        code: machine readable reason.
        errors: one entry for each thing that is wrong: `index`, `field`, `code`, `message`.
    """

    def __init__(
        self, status: int, detail: str, *, code: str, errors: list[dict[str, Any]] | None = None, field: str = ""
    ) -> None:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "errors": errors or [{"index": None, "field": field, "code": code, "message": detail}],
        }
        super().__init__(msgspec.json.encode(body), status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What DRF calls with every exception of a view; None for one that is a defect of ours."""
    if isinstance(error, DATABASE_AWAY):
        connection.close()
    return response_to(error)


def response_to(error: Exception) -> HttpResponse | None:
    """The response to a request that failed with this; None for a defect of ours."""
    if isinstance(error, RequestProblem):
        return problem_response(error)
    if isinstance(error, DATABASE_AWAY):
        return _database_away(error)
    if isinstance(error, Http404):
        return ProblemResponse(404, str(error) or "There is nothing here.", code="not_found")
    if isinstance(error, PermissionDenied):
        return ProblemResponse(403, str(error) or "This is not allowed.", code="permission_denied")
    if isinstance(error, APIException):
        return _of_api_exception(error)
    return None


def problem_response(problem: RequestProblem) -> ProblemResponse:
    """The response to a request that can't be served."""
    errors = problem.errors if isinstance(problem, NothingAcceptable) else None
    response = ProblemResponse(problem.status, problem.message, code=problem.code, field=problem.field, errors=errors)
    for name, value in {**problem.headers, **problem.quota_headers}.items():
        response[name] = value
    return response


def _database_away(error: Exception) -> HttpResponse:
    logger.warning("The database did not answer; the client was asked to come back.", extra={"error": str(error)})
    return problem_response(
        Unavailable(
            "The database does not answer; nothing was accepted. Send the request again.", code="database_unavailable"
        )
    )


def _of_api_exception(error: APIException) -> HttpResponse:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    response = ProblemResponse(error.status_code, str(error.detail), code=code)
    wait = getattr(error, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(int(wait) + 1)
    challenge = getattr(error, "auth_header", None)
    if challenge:
        response["WWW-Authenticate"] = challenge
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own 400."""
    if isinstance(exception, DisallowedHost):
        host = request.META.get("HTTP_HOST", "")
        detail = (
            f"The Host header is {host!r:.100}, to which this server does not respond. Name the host in ALLOWED_HOSTS, "
            "or call the server by a name that is there."
        )
        return ProblemResponse(400, detail, code="wrong_host")
    return ProblemResponse(400, "The request is not valid; check its headers and the URL.", code="bad_request")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A URL that leads nowhere."""
    return ProblemResponse(404, f"There is no route {request.path!r:.200}; see /docs.", code="not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect of ours; the log has the traceback."""
    return ProblemResponse(500, "Tidemark failed; the log says why.", code="server_error")
