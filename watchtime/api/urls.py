from django.urls import register_converter

from events.access.routes import PUBLIC
from events.access.scopes import Scope
from events.api.converters import KeyConverter
from events.api.routing import route
from watchtime.api import root, views

register_converter(KeyConverter, "key")

INGEST, READ = Scope.INGEST, Scope.READ
_PAIR = "v1/users/<key:user>/movies/<key:movie>"

urlpatterns = [
    route("", root.RootView, name="heartbeats", post=INGEST, get=PUBLIC),
    route("v1/movies/<key:movie>/watch-time", views.MovieView, name="movie", get=READ),
    route("v1/users/<key:user>/watch-time", views.UserView, name="user", get=READ),
    route("v1/users/<key:user>/movies", views.UserMoviesView, name="user_movies", get=READ),
    route(f"{_PAIR}/watch-time", views.PairView, name="pair", get=READ),
    route(f"{_PAIR}/latest-moment", views.LatestMomentView, name="latest_moment", get=READ),
    route("v1/watch-time/top", views.TopView, name="top", get=READ),
]
