"""The routes of notifications."""

from events.access.scopes import Scope
from events.api.routing import route
from notifications.api import views

urlpatterns = [route("v1/notifications", views.NotificationsView, name="notifications", get=Scope.READ)]
