"""The routes of the casino."""

from django.urls import path

from events.systems.casino.api import views

urlpatterns = [path("materialized", views.MaterializedView.as_view())]
