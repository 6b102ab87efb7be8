"""Is the process alive; can it do its work."""

from __future__ import annotations

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from events.api import documents
from events.api.openapi import schema_of
from events.api.responses import JsonResponse
from events.api.serving import on_event_loop
from events.outside_services import unset_services
from events.redis_client import redis_client


class HealthView(APIView):
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


class ReadinessView(APIView):
    """Readiness."""

    @extend_schema(
        operation_id="getReadiness",
        summary="Whether it can do its work",
        tags=["Health"],
        responses={(status, "application/json"): schema_of(documents.Readiness) for status in (200, 503)},
    )
    def get(self, request: Request) -> HttpResponse:
        """200 when database and migrations are usable, else 503 naming what is not.

        A missing broker, or an outside service that is not set, makes it `degraded` with 200: events are still
        accepted, and processed later.
        """
        database = _database_problem()
        if database:
            return JsonResponse({"status": "unavailable", "database": database}, status=503)
        broker = _broker_problem()
        unset = {service.setting: f"not set: {service.meanwhile}" for service in unset_services()}
        status = "degraded" if broker or unset else "ok"
        return JsonResponse(
            {"status": status, "database": "ok", "broker": broker or "ok"} | ({"services": unset} if unset else {})
        )


def _database_problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, ImproperlyConfigured) as error:
        connection.close()
        return f"the database does not answer: {error}".strip()
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing)
    return f"these migrations are missing: {names}; run `manage.py migrate`" if names else None


def _broker_problem() -> str | None:
    try:
        redis_client().ping()
    except redis.RedisError as error:
        return f"the broker does not answer: {error}"
    return None
