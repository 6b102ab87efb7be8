"""The routes of the ad system."""

from django.urls import path

from events.systems.ads.api import collector, exports
from events.systems.ads.columns import SERVER_FILE, SERVING_FILE, USER_FILE, VALIDATED_FILE

urlpatterns = [
    path("event_collector", collector.CollectorView.as_view(), name="event_collector"),
    path("event", collector.EventView.as_view(), name="event"),
    path(f"v1/exports/{SERVING_FILE}", exports.ServingEventsView.as_view()),
    path(f"v1/exports/{SERVER_FILE}", exports.ServerEventsView.as_view()),
    path(f"v1/exports/{USER_FILE}", exports.UserEventsView.as_view()),
    path(f"v1/exports/{VALIDATED_FILE}", exports.ValidatedEventsView.as_view()),
]
