"""The events app: intake, pipeline, storage and the registries other apps plug into."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    """Loads what registers itself, and makes partitions after each migration."""

    name = "events"

    def ready(self) -> None:
        """Imports event types, enrichers and every installed app's module `projection`."""
        from events import checks  # noqa: F401 (they register themselves)
        from events.enrichers.base import enrichers
        from events.types import registry

        registry.load()
        enrichers.load()
        autodiscover_modules("projection")
        post_migrate.connect(_make_partitions, sender=self)


def _make_partitions(**_: Any) -> None:
    from events.clock import utc_now
    from events.pipeline.partitions import ensure_partitions

    ensure_partitions(now=utc_now())
