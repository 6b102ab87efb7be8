"""Is the process alive; can it do its work."""

from __future__ import annotations

from typing import Any

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from events import signs_of_life
from events.api import documents
from events.api.openapi import query, schema_of
from events.api.responses import JsonResponse
from events.api.serving import on_event_loop
from events.api.view import View
from events.clock import utc_now
from events.outside_services import unset_services
from events.signs_of_life import Health


class HealthView(View):
    """Liveness."""

    @extend_schema(
        operation_id="getHealth",
        summary="Whether the process lives",
        tags=["Health"],
        responses={(200, "application/json"): schema_of(documents.Health)},
    )
    @on_event_loop
    def get(self, request: Request) -> HttpResponse:
        """200 while the process lives."""
        return JsonResponse({"status": "ok"})


class ReadinessView(View):
    """Readiness."""

    @extend_schema(
        operation_id="getReadiness",
        summary="Whether it can do its work",
        tags=["Health"],
        parameters=[
            query("strict", {"type": "boolean"}, "503 also when `degraded`: for whoever alerts, not for a balancer")
        ],
        responses={(status, "application/json"): schema_of(documents.Readiness) for status in (200, 503)},
    )
    def get(self, request: Request) -> HttpResponse:
        """200 when database and migrations are usable, else 503 naming what is not.

        A missing broker, a queue that no worker consumes, a silent beat or an outside service that is not set makes it
        `degraded` with 200: events are still accepted, and processed later. With `?strict` that is 503, too.
        """
        database = _database_problem()
        if database:
            return JsonResponse({"status": "unavailable", "database": database}, status=503)
        document: dict[str, Any] = {"status": "ok", "database": "ok"} | _behind_the_intake()
        processes: dict[str, Health] = document.get("processes", {})
        is_degraded = (
            document["broker"] != "ok"
            or "services" in document
            or any(process.status != signs_of_life.OK for process in processes.values())
        )
        if is_degraded:
            document["status"] = "degraded"
        return JsonResponse(document, status=503 if is_degraded and "strict" in request.query_params else 200)


def _database_problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, ImproperlyConfigured) as error:
        connection.close()
        return f"the database does not answer: {error}".strip()
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing)
    return f"these migrations are missing: {names}; run `manage.py migrate`" if names else None


def _behind_the_intake() -> dict[str, Any]:
    unset = {service.setting: f"not set: {service.meanwhile}" for service in unset_services()}
    services = {"services": unset} if unset else {}
    try:
        return {"broker": "ok", "processes": signs_of_life.health(now=utc_now())} | services
    except redis.RedisError as error:
        return {"broker": f"the broker does not answer: {error}"} | services
