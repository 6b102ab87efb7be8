"""What the tests of enrichment share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from events.redis_client import redis_client
from tests.support.outside_service import OutsideService, serve

if TYPE_CHECKING:
    from tests.integration.enrichment.painted import Colour


@pytest.fixture
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """An event type `test_painted` that wants a colour (required unless the test says otherwise) and a sentence."""
    # Here, since pytest may load this file before Django is set up.
    from tests.integration.enrichment import painted

    enricher = painted.Colour(required=getattr(request, "param", True))
    with painted.declared(enricher):
        yield enricher


@pytest.fixture
def outside(settings: Settings) -> Iterator[OutsideService]:
    """The region service, and a Redis that knows nothing."""
    from events.systems.playback.client import enrich_client

    redis_client().flushdb()
    enrich_client.cache_clear()
    settings.LOOKUP_ATTEMPTS = 3
    with serve(OutsideService()) as service:
        settings.REGION_URL = service.template
        yield service
    enrich_client.cache_clear()
