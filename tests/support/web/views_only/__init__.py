"""An app that switches the fast path off, so that every request goes through Django's handler."""

from django.apps import AppConfig


class ViewsOnlyConfig(AppConfig):
    name = "tests.support.web.views_only"

    def ready(self) -> None:
        from config.web import routes

        routes.fast_route = lambda *_request: None
