"""Django's middleware for pages that people log in to, which requests to the API do without.

The API knows no cookies: sessions, users and messages would only cost it time (docs/performance.md).
"""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django_otp.middleware import OTPMiddleware

if TYPE_CHECKING:
    _Middleware = MiddlewareMixin
else:
    _Middleware = object  # not every middleware is a MiddlewareMixin

#: Where the paths of the API begin.
API = ("/v1/", "/event", "/materialized")


class _NotForTheApi(_Middleware):
    """Lets requests to the API pass by the middleware that is named after it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info == "/" or request.path_info.startswith(API):
            return self.get_response(request)
        return super().__call__(request)


class PagePolicyMiddleware(_NotForTheApi, CSPMiddleware):
    pass


class PageSessionMiddleware(_NotForTheApi, SessionMiddleware):
    pass


class PageAuthenticationMiddleware(_NotForTheApi, AuthenticationMiddleware):
    pass


class PageSecondFactorMiddleware(_NotForTheApi, OTPMiddleware):
    pass


class PageMessageMiddleware(_NotForTheApi, MessageMiddleware):
    pass
