"""What browsers are told, depending on HTTPS."""

import pytest

from config.browsers import browser_settings


@pytest.fixture
def https(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HSTS_SECONDS", "HSTS_SUBDOMAINS", "HSTS_PRELOAD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS", "on")
    return monkeypatch


def hsts() -> tuple[int, bool, bool]:
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    seconds, subdomains, preload = (browser_settings()[name] for name in names)
    return seconds, subdomains, preload


def test_nothing_is_promised_about_other_servers_unless_asked_for(https: pytest.MonkeyPatch) -> None:
    assert hsts() == (365 * 24 * 3600, False, False)
    https.setenv("HSTS_SECONDS", "3600")
    https.setenv("HSTS_SUBDOMAINS", "on")
    https.setenv("HSTS_PRELOAD", "on")
    assert hsts() == (3600, True, True)


def test_without_https_browsers_are_not_told_to_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "off")
    settings = browser_settings()
    assert settings["SECURE_HSTS_SECONDS"] == 0
    assert settings["SECURE_PROXY_SSL_HEADER"] is None
    assert not settings["SESSION_COOKIE_SECURE"]


def test_cookies_go_by_https_only(https: pytest.MonkeyPatch) -> None:
    settings = browser_settings()
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]


def test_no_source_is_unsafe() -> None:
    directives = browser_settings()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    sources = {source for sources in directives.values() for source in sources}
    assert sources == {"'none'", "'self'", "data:"}
    assert "data:" not in directives["script-src"]
