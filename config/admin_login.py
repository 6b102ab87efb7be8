"""The admin's login: passwords, lock-out, second factor, sessions (docs/security.md)."""

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from config.conf import Admin, conf
from config.environment import read

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MINIMUM_PASSWORD_LENGTH = 12


def login_settings() -> dict[str, Any]:
    """Django's settings, and those of django-axes and django-otp."""
    return {
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "django.contrib.auth.backends.ModelBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            _validator("UserAttributeSimilarityValidator"),
            _validator("MinimumLengthValidator", min_length=MINIMUM_PASSWORD_LENGTH),
            _validator("CommonPasswordValidator"),
            _validator("NumericPasswordValidator"),
        ],
        "SESSION_COOKIE_AGE": read(Admin.ADMIN_SESSION_HOURS) * 3600,
        # Counted in PostgreSQL: by all web processes together, and Redis may be emptied at any time.
        "AXES_HANDLER": "axes.handlers.database.AxesDatabaseHandler",
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_CLIENT_IP_CALLABLE": "config.admin_login.address_of_client",
        "AXES_FAILURE_LIMIT": read(Admin.ADMIN_LOGIN_ATTEMPTS),
        "AXES_COOLOFF_TIME": timedelta(minutes=read(Admin.ADMIN_LOCKOUT_MINUTES)),
        # Whoever goes on trying would stay locked out for ever, and so would a browser that does it by itself.
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_LOCKOUT_CALLABLE": "config.admin_login.locked_out",
        "AXES_VERBOSE": False,
        "AXES_ENABLE_ADMIN": False,  # config.admin has its pages
        # Neither kept nor logged; what is typed as a user name may be a password.
        "AXES_SENSITIVE_PARAMETERS": ["username", "otp_token", "csrfmiddlewaretoken"],
        "OTP_TOTP_ISSUER": "Tidemark",
        # Whoever may see users may not see what their codes are made from.
        "OTP_ADMIN_HIDE_SENSITIVE_DATA": True,
    }


def _validator(name: str, **options: Any) -> dict[str, Any]:
    return {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}


def address_of_client(request: "HttpRequest") -> str | None:
    """The address that attempts are counted by, as the limits of the API know it: of IPv6, the network."""
    from events.intake.senders import address_of

    address, _, _ = address_of(request.META).partition("/")
    return None if address == "unknown" else address


def locked_out(request: "HttpRequest", _response: "HttpResponse | None", _credentials: object) -> "HttpResponse":
    """The page for whoever has tried too often."""
    from django.contrib import admin
    from django.shortcuts import render

    minutes = conf.ADMIN_LOCKOUT_MINUTES
    context = {**admin.site.each_context(request), "title": "Too many attempts", "minutes": minutes}
    response = render(request, "locked_out.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(minutes * 60)
    return response
