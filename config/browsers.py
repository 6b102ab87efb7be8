"""What browsers are told: by which way to come, what to do with cookies, what a page may load (docs/security.md)."""

from typing import Any

from csp.constants import NONE, SELF

from config.conf import Web
from config.environment import read

_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    # Swagger UI's style sheet holds its icons.
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


def browser_settings() -> dict[str, Any]:
    """Django's settings, and django-csp's."""
    https = read(Web.HTTPS)
    return {
        "SESSION_COOKIE_SECURE": https,
        "CSRF_COOKIE_SECURE": https,
        "SECURE_SSL_REDIRECT": https,
        # Behind a proxy that ends TLS, which has to set this header and to remove it from what clients send.
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if https else None,
        # Probes come from inside, without TLS.
        "SECURE_REDIRECT_EXEMPT": [r"^healthz$", r"^readyz$"],
        "SECURE_HSTS_SECONDS": read(Web.HSTS_SECONDS) if https else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": read(Web.HSTS_SUBDOMAINS),
        "SECURE_HSTS_PRELOAD": read(Web.HSTS_PRELOAD),
        # They ask for subdomains and preloading, which concern more than this host.
        "SILENCED_SYSTEM_CHECKS": ["security.W005", "security.W021"],
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": _POLICY},
    }
