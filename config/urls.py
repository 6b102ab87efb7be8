"""Every route of Tidemark."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib import admin
from django.urls import include, path
from django.utils.module_loading import module_has_submodule
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from events.access.routes import PUBLIC
from events.api.routing import route
from events.api.view import View

admin.site.site_header = admin.site.site_title = "Tidemark"
admin.site.index_title = "What is stored, and what failed"


class DescriptionView(View, SpectacularJSONAPIView):
    """The description of the API."""


class DocumentationView(View, SpectacularSwaggerSplitView):
    """The same as a page."""

    url_name = "openapi"
    template_name = "docs.html"


def _has_routes(app: AppConfig) -> bool:
    return module_has_submodule(app.module, "api") and module_has_submodule(import_module(f"{app.name}.api"), "urls")


urlpatterns = [
    # The engine's routes, those of the systems, and those of the other apps.
    *(path("", include(f"{app.name}.api.urls")) for app in apps.get_app_configs() if _has_routes(app)),
    path("admin/", admin.site.urls),
    route("openapi.json", DescriptionView, name="openapi", get=PUBLIC),
    route("docs", DocumentationView, name="docs", get=PUBLIC),
]

handler400 = "events.api.problems.bad_request"
handler404 = "events.api.problems.not_found"
handler500 = "events.api.problems.server_error"
