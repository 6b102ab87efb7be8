"""The door: who sends a request, and may they do that?

Both lanes of the web server ask here. `recognize` makes no query, so it may be called on the event loop.
"""

from __future__ import annotations

from events.access.exceptions import MalformedKey, MissingKey, MissingScope, WrongOrigin
from events.access.keys import MARK, digest_of, is_key
from events.access.principals import ANONYMOUS, Principal, principals
from events.access.scopes import Scope
from events.clock import utc_now

#: Words before a key, as clients write them in the header Authorization.
SCHEMES = frozenset({"bearer", "api-key"})


def recognize(authorization: str | None, *, needs_key: bool) -> Principal | bytes:
    """Who sends a request, or else the digest of a key that has to be looked up.

    A key of ours is checked wherever it is sent. Where none is needed, everything else is somebody else's affair.

    Args:
        authorization: the header, if there is one.
        needs_key: whether nobody comes in without a key.

    Raises:
        Unauthenticated: there is no key, or it is not valid.
    """
    if authorization is None:
        if needs_key:
            raise MissingKey
        return ANONYMOUS
    scheme, _, key = authorization.strip().partition(" ")
    key = key.strip()
    is_ours = scheme.lower() in SCHEMES and key.startswith(MARK)
    if not is_ours:
        if needs_key:
            raise MalformedKey
        return ANONYMOUS
    digest = digest_of(key)
    principal = principals.known(digest, now=utc_now())
    if principal is not None:
        return principal
    # Only now: what is known was a key.
    if not is_key(key):
        raise MalformedKey
    return digest


def look_up(digest: bytes) -> Principal:
    """Whose key has this digest, by a query; raises Unauthenticated."""
    return principals.look_up(digest, now=utc_now())


def identify(authorization: str | None, *, needs_key: bool) -> Principal:
    """Who sends a request; for threads, which may wait for a query. Raises Unauthenticated."""
    found = recognize(authorization, needs_key=needs_key)
    return found if isinstance(found, Principal) else look_up(found)


def require(principal: Principal, scope: Scope) -> None:
    """Raises MissingScope unless the principal has it."""
    if scope not in principal.scopes:
        raise MissingScope(scope)


def require_origin(principal: Principal, origin: str | None) -> None:
    """Raises WrongOrigin if the key is for web pages, and not for those of this origin."""
    if principal.origins and origin not in principal.origins:
        raise WrongOrigin(origin)
