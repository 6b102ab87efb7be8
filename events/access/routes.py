"""Which route needs which scope. A route says so where it is declared, by `events.api.routing.route`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from events.access.conf import conf
from events.access.scopes import Scope

#: In place of a scope: everybody may, and no key is looked at.
PUBLIC = None


@dataclass(frozen=True)
class Access:
    """What a route needs.

    Attributes:
        route: its name, as OPEN_ROUTES has it.
        scopes: by method in capitals, for every method that it has.
    """

    route: str
    scopes: Mapping[str, Scope | None]

    def scope_of(self, method: str) -> Scope | None:
        """What a request needs; PUBLIC also for OPTIONS, and for methods that the route does not have."""
        return self.scopes.get("GET" if method == "HEAD" else method)

    def needs_key(self, scope: Scope) -> bool:
        """Whether nobody comes in without a key; what needs `manage` is never open."""
        return bool(conf.REQUIRE_API_KEY) and (scope is Scope.MANAGE or self.route not in conf.OPEN_ROUTES)
