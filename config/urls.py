"""Every route of Tidemark."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("events.api.urls")),
    path("", include("watchtime.api.urls")),
]
