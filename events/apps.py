"""The events app: intake, pipeline, storage and the registries other apps plug into."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    """Loads what registers itself, and makes partitions after each migration."""

    name = "events"

    def ready(self) -> None:
        """Imports what installed apps register with the engine, and their system checks."""
        from events.enrichment.enricher import enrichers
        from events.outside_services import outside_services
        from events.projections import projections
        from events.publishing.live_statistics import live_statistics
        from events.retention.registry import tables
        from events.types import registry

        registry.load()
        enrichers.load()
        live_statistics.load()
        projections.load()
        outside_services.load()
        tables.load()
        autodiscover_modules("checks")
        post_migrate.connect(_make_partitions, sender=self)


def _make_partitions(**_: Any) -> None:
    from events.clock import utc_now
    from events.pipeline.partitions import ensure_partitions

    ensure_partitions(now=utc_now())
