"""The circuit breaker of a service: it opens and closes for all processes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from events.enrichment.lookups.source import Found
from events.redis_client import redis_client
from tests.integration.enrichment.regions import Regions, look_up, reason
from tests.support.outside_service import OutsideService, json_reply, region_of
from tests.support.processes.waiting import wait_until


def test_the_breaker_opens_for_all_processes_and_closes_after_one_probe(
    outside: OutsideService, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LOOKUP_ATTEMPTS = 1
    settings.BREAKER_FAILURES = 5
    settings.BREAKER_SECONDS = 600  # until the test ends the pause
    settings.LOOKUPS_SIDE_BY_SIDE = 1
    here, elsewhere = Regions(), Regions()
    outside.conduct = lambda key: json_reply("{}", 503)

    dead = look_up(*(f"user {number}" for number in range(20)), service=here)
    calls_until_open = len(outside.calls)
    refused = look_up("other", service=elsewhere)

    assert calls_until_open == 5
    assert "has failed too often and is left alone" in reason(dead["user 19"])
    assert "has failed too often and is left alone" in reason(refused["other"])
    assert here.is_paused()
    assert [record.service for record in caplog.records if getattr(record, "action", "") == "open"] == ["test_region"]

    redis_client().delete("tidemark:breaker:test_region:pause")
    wait_until(lambda: not elsewhere.is_paused(), what="the pause is over")
    look_up(*(f"user {number}" for number in range(20)), service=elsewhere)
    assert len(outside.calls) == calls_until_open + 1, "one probe"

    outside.conduct = region_of
    redis_client().delete("tidemark:breaker:test_region:pause")
    wait_until(lambda: not here.is_paused(), what="the pause is over")
    assert look_up("ann", service=here) == {"ann": Found("region of ann")}
    assert redis_client().keys("tidemark:breaker:*") == [], "it is closed for all"
    wait_until(
        lambda: look_up("bob", service=elsewhere) == {"bob": Found("region of bob")}, what="the others ask again"
    )


def test_failures_between_successes_do_not_open_the_breaker(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUP_ATTEMPTS = settings.LOOKUPS_SIDE_BY_SIDE = 1
    settings.BREAKER_FAILURES = 2
    outside.conduct = lambda key: json_reply("{}", 503) if int(key) % 2 else region_of(key)
    service = Regions()

    results = look_up(*map(str, range(8)), service=service)

    assert len(outside.calls) == 8
    assert not service.is_paused()
    assert {key for key, result in results.items() if isinstance(result, Found)} == {"0", "2", "4", "6"}


@pytest.mark.parametrize(("status", "opens"), [(400, False), (404, False), (429, True), (500, True)])
def test_a_service_that_refuses_one_call_is_well(
    outside: OutsideService, settings: Settings, status: int, opens: bool
) -> None:
    settings.LOOKUP_ATTEMPTS = settings.BREAKER_FAILURES = 1
    outside.conduct = lambda key: json_reply("{}", status)
    service = Regions()

    look_up("ann", service=service)

    assert service.is_paused() is opens


def test_of_all_processes_one_probes_at_a_time(outside: OutsideService, settings: Settings) -> None:
    settings.LOOKUP_ATTEMPTS = settings.BREAKER_FAILURES = 1
    settings.BREAKER_SECONDS = 600
    here, elsewhere = Regions(), Regions()
    outside.conduct = lambda key: json_reply("{}", 503)
    look_up("ann", service=here)
    wait_until(elsewhere.is_paused, what="the others know")
    # given that the pause is over for both
    redis_client().delete("tidemark:breaker:test_region:pause")
    for service in (here, elsewhere):
        wait_until(lambda service=service: not service.is_paused(), what="the pause is over")  # type: ignore[misc]
    over = threading.Event()
    outside.conduct = lambda key: region_of(f"{key}{over.wait(30)}")

    # when one probes
    with ThreadPoolExecutor(1) as chunks:
        probe = chunks.submit(look_up, "bob", service=here)
        wait_until(lambda: outside.calls_by_key["bob"], what="it probes")

        # then the other does not
        assert "has failed too often" in reason(look_up("cat", service=elsewhere)["cat"])
        assert outside.calls_by_key == {"ann": 1, "bob": 1}
        over.set()
        assert isinstance(probe.result()["bob"], Found)
