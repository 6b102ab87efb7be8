"""A service of the tests, and looking up at it."""

import time

from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.service import Service
from events.enrichment.lookups.source import Found, Result, Unavailable, Unknown
from events.systems.playback.client import as_result, enrich_client


class Regions(Service):
    name = "test_region"

    def call(self, key: str) -> Found | Unknown:
        return as_result(enrich_client().get_region(key))


def look_up(*keys: str, service: Regions | None = None, seconds: float = 30) -> dict[str, Result]:
    run = LookupRun(deadline=time.monotonic() + seconds)
    run.expect(len(keys))
    results = dict((service or Regions()).look_up(list(keys), run))
    assert run.share == 1
    return results


def reason(result: Result) -> str:
    assert isinstance(result, Unavailable)
    return result.reason
