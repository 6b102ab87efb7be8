"""The routes of the engine; systems bring their own."""

from django.urls import path

from events.api import event_types, events, health, operations, statistics

urlpatterns = [
    path("healthz", health.HealthView.as_view()),
    path("readyz", health.ReadinessView.as_view()),
    path("v1/event", events.OneEventView.as_view()),
    path("v1/events", events.EventsView.as_view()),
    path("v1/events/<uuid:event_id>", events.EventView.as_view()),
    path("v1/events/<str:type_name>", events.EventsOfTypeView.as_view()),
    path("v1/event-types", event_types.EventTypesView.as_view()),
    path("v1/event-types/<str:type_name>", event_types.EventTypeView.as_view()),
    path("v1/operations/<uuid:operation_id>", operations.OperationView.as_view()),
    path("v1/operations/<uuid:operation_id>/progress", operations.OperationProgressView.as_view()),
    path("v1/operations/<uuid:operation_id>/failures", operations.OperationFailuresView.as_view()),
    path("v1/stats", statistics.StatisticsView.as_view()),
]
