"""The routes of the events app."""

from django.urls import path

from events.ads.columns import SERVING_FILE, USER_FILE, VALIDATED_FILE
from events.api import ads, casino, event_types, health, intake, lookup, operations, root

urlpatterns = [
    path("", root.RootView.as_view()),
    path("healthz", health.HealthView.as_view()),
    path("readyz", health.ReadinessView.as_view()),
    path("materialized", casino.MaterializedView.as_view()),
    path("v1/event", intake.OneEventView.as_view()),
    path("v1/events", lookup.EventsView.as_view()),
    path("v1/events/<uuid:event_id>", lookup.EventView.as_view()),
    path("v1/events/<str:type_name>", intake.EventsOfTypeView.as_view()),
    path("v1/event-types", event_types.EventTypesView.as_view()),
    path("v1/event-types/<str:type_name>", event_types.EventTypeView.as_view()),
    path("v1/operations/<uuid:operation_id>", operations.OperationView.as_view()),
    path("v1/operations/<uuid:operation_id>/progress", operations.OperationProgressView.as_view()),
    path("v1/operations/<uuid:operation_id>/failures", operations.OperationFailuresView.as_view()),
    path("event_collector", ads.CollectorView.as_view(), name="event_collector"),
    path("event", ads.EventView.as_view(), name="event"),
    path(f"v1/exports/{SERVING_FILE}", ads.ServingEventsView.as_view()),
    path(f"v1/exports/{USER_FILE}", ads.UserEventsView.as_view()),
    path(f"v1/exports/{VALIDATED_FILE}", ads.ValidatedEventsView.as_view()),
    path("v1/stats", lookup.StatisticsView.as_view()),
]
