"""Whose quota a request is charged to: its key's, or that of the address it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from events.access.conf import conf
from events.access.principals import Principal
from events.intake.quota import Quota

#: Who has an IPv6 address usually has all of its /64.
_IPV6_NETWORK = 64


def quota_of(principal: Principal, headers: Mapping[str, Any]) -> Quota | None:
    """The quota of a request, if it has one. Keys have their own or none; an address has one where it sends no key.

    Args:
        headers: named as in `HttpRequest.META`.
    """
    if principal.limit is not None:
        return Quota(f"key:{principal.key}", principal.limit)
    if principal.key is None and conf.LIMIT_BY_ADDRESS is not None:
        return Quota(f"address:{address_of(headers)}", conf.LIMIT_BY_ADDRESS)
    return None


def address_of(headers: Mapping[str, Any]) -> str:
    """Where a request comes from, as far as it can be trusted.

    Each of TRUSTED_PROXIES adds who called it at the end of X-Forwarded-For; what stands before is the client's word.
    """
    forwarded = headers.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = conf.TRUSTED_PROXIES
    if 0 < proxies <= len(forwarded) and (address := _sender_of(forwarded[-proxies].strip())):
        return address
    return _sender_of(headers.get("REMOTE_ADDR", "")) or "unknown"


@lru_cache(maxsize=4096)
def _sender_of(text: str) -> str | None:
    """An IPv4 address, or the network of an IPv6 address; None for what is neither."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), _IPV6_NETWORK), strict=False))
