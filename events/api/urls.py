"""The routes of the events app."""

from django.urls import path

from events.api import health, intake, lookup, root

urlpatterns = [
    path("", root.RootView.as_view()),
    path("healthz", health.HealthView.as_view()),
    path("readyz", health.ReadinessView.as_view()),
    path("v1/event", intake.OneEventView.as_view()),
    path("v1/events", lookup.EventsView.as_view()),
    path("v1/events/<uuid:event_id>", lookup.EventView.as_view()),
    path("v1/events/<str:type_name>", intake.EventsOfTypeView.as_view()),
    path("v1/operations/<uuid:operation_id>", lookup.OperationView.as_view()),
    path("v1/operations/<uuid:operation_id>/failures", lookup.OperationFailuresView.as_view()),
    path("v1/stats", lookup.StatisticsView.as_view()),
]
