"""The routes of notifications."""

from django.urls import path

from notifications.api import views

urlpatterns = [path("v1/notifications", views.NotificationsView.as_view())]
