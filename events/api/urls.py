"""The routes of the events app."""

from django.urls import path

from events.ads.columns import SERVING_FILE, USER_FILE, VALIDATED_FILE
from events.api import ads, casino, event_types, health, intake, lookup, root

urlpatterns = [
    path("", root.RootView.as_view()),
    path("healthz", health.HealthView.as_view()),
    path("readyz", health.ReadinessView.as_view()),
    path("materialized", casino.MaterializedView.as_view()),
    path("v1/event", intake.OneEventView.as_view()),
    path("v1/events", lookup.EventsView.as_view()),
    path("v1/events/<uuid:event_id>", lookup.EventView.as_view()),
    path("v1/events/<str:type_name>", intake.IntakeView.as_view()),
    path("v1/event-types", event_types.EventTypesView.as_view()),
    path("v1/event-types/<str:type_name>", event_types.EventTypeView.as_view()),
    path("v1/operations/<uuid:operation_id>", lookup.OperationView.as_view()),
    path("v1/operations/<uuid:operation_id>/failures", lookup.OperationFailuresView.as_view()),
    path("event_collector", ads.CollectorView.as_view(), name="event_collector"),
    path("event", ads.CollectorView.as_view(), name="event"),
    path(f"v1/exports/{SERVING_FILE}", ads.ExportView.as_view(file=SERVING_FILE)),
    path(f"v1/exports/{USER_FILE}", ads.ExportView.as_view(file=USER_FILE)),
    path(f"v1/exports/{VALIDATED_FILE}", ads.ValidatedEventsView.as_view()),
    path("v1/stats", lookup.StatisticsView.as_view()),
]
