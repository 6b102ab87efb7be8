"""The routes of the ad system."""

from events.access.scopes import Scope
from events.api.routing import route
from events.systems.ads.api import collector, exports
from events.systems.ads.columns import SERVER_FILE, SERVING_FILE, USER_FILE, VALIDATED_FILE

INGEST, READ = Scope.INGEST, Scope.READ

urlpatterns = [
    route("event_collector", collector.CollectorView, name="event_collector", get=INGEST, post=INGEST),
    route("event", collector.EventView, name="event", get=INGEST, post=INGEST),
    route(f"v1/exports/{SERVING_FILE}", exports.ServingEventsView, name="serving_events", get=READ),
    route(f"v1/exports/{SERVER_FILE}", exports.ServerEventsView, name="server_events", get=READ),
    route(f"v1/exports/{USER_FILE}", exports.UserEventsView, name="user_events", get=READ),
    route(f"v1/exports/{VALIDATED_FILE}", exports.ValidatedEventsView, name="validated_events", get=READ),
]
