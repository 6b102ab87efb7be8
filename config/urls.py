"""Every route of Tidemark."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

admin.site.site_header = admin.site.site_title = "Tidemark"
admin.site.index_title = "What is stored, and what failed"

urlpatterns = [
    path("", include("events.api.urls")),
    path("", include("watchtime.api.urls")),
    path("", include("notifications.api.urls")),
    path("admin/", admin.site.urls),
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("docs", SpectacularSwaggerView.as_view(url_name="openapi"), name="docs"),
]

handler400 = "events.api.problems.bad_request"
handler404 = "events.api.problems.not_found"
handler500 = "events.api.problems.server_error"
