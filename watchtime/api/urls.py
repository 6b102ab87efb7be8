from django.urls import path, register_converter

from events.api.converters import KeyConverter
from watchtime.api import root, views

register_converter(KeyConverter, "key")

urlpatterns = [
    path("", root.RootView.as_view()),
    path("v1/movies/<key:movie>/watch-time", views.MovieView.as_view()),
    path("v1/users/<key:user>/watch-time", views.UserView.as_view()),
    path("v1/users/<key:user>/movies", views.UserMoviesView.as_view()),
    path("v1/users/<key:user>/movies/<key:movie>/watch-time", views.PairView.as_view()),
    path("v1/users/<key:user>/movies/<key:movie>/latest-moment", views.LatestMomentView.as_view()),
    path("v1/watch-time/top", views.TopView.as_view()),
]
