"""The routes of the casino."""

from events.access.scopes import Scope
from events.api.routing import route
from events.systems.casino.api import views

urlpatterns = [route("materialized", views.MaterializedView, name="materialized", get=Scope.READ)]
