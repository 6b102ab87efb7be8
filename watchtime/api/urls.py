"""The routes of watch time."""

from django.urls import path

from watchtime.api import views

urlpatterns = [
    path("v1/movies/<str:movie>/watch-time", views.MovieView.as_view()),
    path("v1/users/<str:user>/watch-time", views.UserView.as_view()),
    path("v1/users/<str:user>/movies", views.UserMoviesView.as_view()),
    path("v1/users/<str:user>/movies/<str:movie>/watch-time", views.PairView.as_view()),
    path("v1/users/<str:user>/movies/<str:movie>/latest-moment", views.LatestMomentView.as_view()),
    path("v1/watch-time/top", views.TopView.as_view()),
]
