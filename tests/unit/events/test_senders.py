"""Whose quota a request is charged to."""

import pytest
from pytest_django import Settings

from events.access.principals import ANONYMOUS, Principal
from events.access.rates import Rate
from events.access.scopes import Scope
from events.intake.quota import Quota
from events.intake.senders import address_of, quota_of

PER_SECOND = Rate(10, 1)
CLIENT, INNER_PROXY = "203.0.113.7", "10.0.0.1"


def keyed(limit: Rate | None) -> Principal:
    return Principal(owner="key:shop", key="tdm_abcdefgh", scopes=frozenset({Scope.INGEST}), limit=limit)


def test_a_key_has_its_own_limit_and_else_none(settings: Settings) -> None:
    settings.LIMIT_BY_ADDRESS = PER_SECOND
    assert quota_of(keyed(Rate(5, 60)), {"REMOTE_ADDR": CLIENT}) == Quota("key:tdm_abcdefgh", Rate(5, 60))
    assert quota_of(keyed(None), {"REMOTE_ADDR": CLIENT}) is None


def test_without_a_key_the_address_has_one_if_that_is_set(settings: Settings) -> None:
    assert quota_of(ANONYMOUS, {"REMOTE_ADDR": CLIENT}) is None
    settings.LIMIT_BY_ADDRESS = PER_SECOND
    assert quota_of(ANONYMOUS, {"REMOTE_ADDR": CLIENT}) == Quota(f"address:{CLIENT}", PER_SECOND)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.2.3.4", INNER_PROXY),
        (1, "1.2.3.4, 203.0.113.7", CLIENT),
        (2, "1.2.3.4, 203.0.113.7, 198.51.100.1", CLIENT),
        (2, "203.0.113.7", INNER_PROXY),
        (1, "", INNER_PROXY),
        (1, "unknown", INNER_PROXY),
    ],
    ids=["nobody is trusted", "one", "two", "it came past one", "none said anything", "no address"],
)
def test_only_what_trusted_proxies_say_is_believed(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address_of({"REMOTE_ADDR": INNER_PROXY, "HTTP_X_FORWARDED_FOR": forwarded}) == address


@pytest.mark.parametrize(
    ("address", "sender"),
    [("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:203.0.113.7", CLIENT), ("", "unknown")],
)
def test_an_ipv6_network_is_one_sender(address: str, sender: str) -> None:
    assert address_of({"REMOTE_ADDR": address}) == sender
