"""The routes of the engine; systems bring their own."""

from events.access.routes import PUBLIC
from events.access.scopes import Scope
from events.api import beacon, event_types, events, health, operations, statistics
from events.api.routing import route

INGEST, READ, MANAGE = Scope.INGEST, Scope.READ, Scope.MANAGE

urlpatterns = [
    route("healthz", health.HealthView, name="healthz", get=PUBLIC),
    route("readyz", health.ReadinessView, name="readyz", get=PUBLIC),
    route("v1/event", events.OneEventView, name="one_event", post=INGEST),
    route("v1/events", events.EventsView, name="events", post=INGEST, get=READ),
    route("v1/beacon", beacon.BeaconView, name="beacon", post=INGEST),
    route("v1/events/<uuid:event_id>", events.EventView, name="stored_event", get=READ),
    route("v1/events/<str:type_name>", events.EventsOfTypeView, name="events_of_type", post=INGEST, get=READ),
    route("v1/event-types", event_types.EventTypesView, name="event_types", get=READ),
    route("v1/event-types/<str:type_name>", event_types.EventTypeView, name="event_type", get=READ),
    route("v1/operations/<uuid:operation_id>", operations.OperationView, name="operation", get=READ, delete=MANAGE),
    route(
        "v1/operations/<uuid:operation_id>/progress",
        operations.OperationProgressView,
        name="operation_progress",
        get=READ,
    ),
    route(
        "v1/operations/<uuid:operation_id>/failures",
        operations.OperationFailuresView,
        name="operation_failures",
        get=READ,
    ),
    route("v1/stats", statistics.StatisticsView, name="statistics", get=READ),
]
