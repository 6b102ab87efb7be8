"""Quotas are charged by event, exactly, in a real Redis."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from events.access.rates import Rate
from events.intake import quota as quotas
from events.intake import windows
from events.intake.quota import LargerThanQuota, Quota, QuotaExceeded, charge, charge_each, look
from events.redis_client import redis_client
from tests.support.processes.waiting import wait_until

HUNDRED = Quota("key:tdm_hundred", Rate(100, 3600))
FEW = Quota("key:tdm_few", Rate(5, 3600))


@pytest.fixture(autouse=True)
def _empty_redis() -> None:
    redis_client().flushdb()


@pytest.fixture
def _redis_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    windows._of_thread.__dict__.clear()
    yield
    windows._of_thread.__dict__.clear()
    quotas.outages.forget()


def passes(quota: Quota, events: int = 1) -> bool:
    try:
        charge(quota, events)
    except QuotaExceeded:
        return False
    return True


def left(quota: Quota) -> int:
    return int(look(quota)["ratelimit"].split(";")[1].removeprefix("r="))


def test_of_200_requests_at_once_a_limit_of_100_lets_exactly_100_pass() -> None:
    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(lambda _: passes(HUNDRED), range(200))) == 100


def test_of_200_requests_in_groups_exactly_100_pass() -> None:
    with ThreadPoolExecutor(20) as threads:
        groups = threads.map(lambda number: charge_each([HUNDRED] * (number % 7 + 1)), range(50))
        outcomes = [outcome for group in groups for outcome in group]
    assert len(outcomes) == 197
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 100


def test_a_request_costs_as_many_as_it_holds() -> None:
    thousand = Quota("key:tdm_thousand", Rate(1001, 3600))
    assert charge(thousand, 1000) == {
        "ratelimit-policy": '"default";q=1001;w=3600',
        "ratelimit": '"default";r=1;t=3600',
    }
    assert passes(thousand)
    assert not passes(thousand)


def test_a_request_that_is_refused_costs_nothing_and_says_when_to_come_back() -> None:
    charge(FEW, 3)
    with pytest.raises(QuotaExceeded) as refused:
        charge(FEW, 3)
    assert refused.value.message == (
        "The key tdm_few may send 5 events in 3600 s; 2 are left, and this request holds 3. Nothing of it was "
        f"accepted; send it again in {refused.value.headers['Retry-After']} s."
    )
    assert 3500 < int(refused.value.headers["Retry-After"]) <= 3600, "the next window"
    assert refused.value.quota_headers["ratelimit"] == f'"default";r=2;t={refused.value.headers["Retry-After"]}'
    assert left(FEW) == 2


def test_a_request_larger_than_the_limit_is_told_that_it_can_never_pass() -> None:
    with pytest.raises(LargerThanQuota, match="so it can never pass; send 5 at a time at most"):
        charge(FEW, 6)
    assert redis_client().keys("tidemark:quota:*") == []


def test_of_a_group_the_first_events_of_each_sender_pass() -> None:
    other = Quota("key:tdm_other", Rate(1, 3600))
    charge(FEW, 3)
    outcomes = charge_each([FEW, other, FEW, other, FEW, FEW])
    assert [isinstance(outcome, dict) for outcome in outcomes] == [True, True, True, False, False, False]
    assert (left(FEW), left(other)) == (0, 0)


def test_who_waits_as_long_as_told_may_send_again() -> None:
    quota = Quota("key:tdm_second", Rate(10, 1))
    charge(quota, 10)
    with pytest.raises(QuotaExceeded) as refused:
        charge(quota, 10)
    began = time.monotonic()
    wait_until(lambda: passes(quota, 10), what="the limit lets pass again", every=0.01)
    assert time.monotonic() - began <= int(refused.value.headers["Retry-After"]) + 0.1


def test_redis_may_forget_the_scripts() -> None:
    charge(FEW, 1)
    redis_client().script_flush()
    charge(FEW, 1)
    assert left(FEW) == 3


def test_a_connection_that_redis_closed_lets_nothing_pass_uncounted() -> None:
    charge(FEW, 1)
    redis_client().client_kill_filter(_type="normal")
    assert "ratelimit" in charge(FEW, 1)
    assert left(FEW) == 3


def test_counts_do_not_stay_for_ever() -> None:
    charge(FEW, 1)
    assert all(0 < redis_client().ttl(key) <= 7200 for key in redis_client().keys("tidemark:quota:*"))


@pytest.mark.usefixtures("_redis_away")
def test_without_redis_events_pass_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    policy = {"ratelimit-policy": '"default";q=5;w=3600'}
    quotas.unlimited_log.report()  # what other tests let pass
    caplog.clear()
    with caplog.at_level(logging.WARNING, "events.intake.quota"):
        assert charge(FEW, 5) == policy
        assert charge_each([FEW, FEW]) == [policy, policy]
        assert look(FEW) == policy
        quotas.unlimited_log.report()
    counted = [record.events for record in caplog.records if hasattr(record, "sender") or hasattr(record, "by_sender")]
    assert sum(counted) == 7
