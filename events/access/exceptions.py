"""Why somebody is not let in. Responses carry the challenge that RFC 6750 asks for."""

from __future__ import annotations

from collections.abc import Mapping

from events.access.scopes import Scope
from events.exceptions import RequestProblem

_REALM = 'Bearer realm="tidemark"'


class Unauthenticated(RequestProblem):
    """It can't be told who sends this request; send an API key that is valid."""

    status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="{self}"'}


class MissingKey(Unauthenticated):
    """This route needs an API key; send the header Authorization: Bearer tdm_..."""

    code = "missing_api_key"

    @property
    def headers(self) -> Mapping[str, str]:
        """RFC 6750: whoever sent no key did nothing wrong yet."""
        return {"WWW-Authenticate": _REALM}


class MalformedKey(Unauthenticated):
    """The Authorization header holds no API key: one is tdm_ and 36 letters and digits, sent as Bearer tdm_..."""

    code = "malformed_api_key"


class UnknownKey(Unauthenticated):
    """There is no such API key; ask who runs this Tidemark for one."""

    code = "unknown_api_key"


class RevokedKey(Unauthenticated):
    """This API key was revoked; ask who runs this Tidemark for another one."""

    code = "revoked_api_key"


class ExpiredKey(Unauthenticated):
    """This API key has expired; ask who runs this Tidemark for another one."""

    code = "expired_api_key"


class MissingScope(RequestProblem):
    """The API key is valid, and not for this."""

    status = 403
    code = "missing_scope"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This needs an API key of the scope {scope}, which this one does not have.")
        self.scope = scope

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{self.scope}"'}


class WrongOrigin(RequestProblem):
    """The API key is for web pages, and not for those of this origin."""

    status = 403
    code = "wrong_origin"

    def __init__(self, origin: str | None) -> None:
        came_from = f"from {origin!r:.200}" if origin else "without the header Origin"
        super().__init__(f"This API key is for web pages of other origins; this request comes {came_from}.")


class UnpublishableKey(RequestProblem):
    """This API key has no origins, so it must not stand in an address, where others read it; revoke it."""

    status = 403
    code = "unpublishable_key"
