"""The admin with a second factor, as somebody uses it: enrolled by a command, logged in by a code."""

import re
import time
from base64 import b32decode
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
from django_otp.oath import TOTP

from tests.support.processes.tidemark import Tidemark


@pytest.fixture
def tidemark(start_tidemark: Callable[..., Tidemark]) -> Tidemark:
    return start_tidemark(environment={"ADMIN_SECOND_FACTOR": "on", "WEB_WORKERS": "1", "WORK_CONCURRENCY": "1"})


class Browser:
    """Fills in the login form, with the cookies of a session of its own."""

    def __init__(self, tidemark: Tidemark) -> None:
        self._session = requests.Session()
        self._admin = f"{tidemark.base_url}/admin/"
        self._password = (tidemark.directory.path / "admin-password").read_text()

    def log_in(self, code: str) -> bool:
        """Whether the admin's first page is shown afterwards."""
        page = self._session.get(f"{self._admin}login/?next=/admin/", timeout=10)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token is not None
        form = {"username": "admin", "password": self._password, "otp_token": code, "csrfmiddlewaretoken": token[1]}
        self._session.post(page.url, data=form, timeout=10)
        return self.is_in()

    def is_in(self) -> bool:
        return "Log out" in self._session.get(self._admin, timeout=10).text


def code_of(url: str) -> str:
    """What an authenticator app shows that has scanned this."""
    totp = TOTP(b32decode(parse_qs(urlsplit(url).query)["secret"][0]))
    totp.time = time.time()
    return f"{totp.token():06d}"


def test_who_is_enrolled_gets_in_by_a_code_and_nobody_without(tidemark: Tidemark) -> None:
    # given somebody who is not enrolled: the password alone opens nothing
    assert not Browser(tidemark).log_in("")

    # when enrolled
    enrolled = tidemark.manage("enrol_second_factor", "admin")
    assert enrolled.returncode == 0, enrolled.stderr
    assert "█" in enrolled.stdout, "a QR code"
    (url,) = re.findall(r"^otpauth://\S+$", enrolled.stdout, re.MULTILINE)
    assert unquote(urlsplit(url).path) == "/Tidemark:admin"
    backup_codes = re.findall(r"^[a-z2-7]{8}$", enrolled.stdout, re.MULTILINE)
    assert len(backup_codes) == 10

    # then
    assert not Browser(tidemark).log_in("")
    code = code_of(url)
    assert Browser(tidemark).log_in(code)
    assert not Browser(tidemark).log_in(code), "a code works once"


def test_a_backup_code_works_once_and_a_lost_app_is_replaced(tidemark: Tidemark) -> None:
    first = tidemark.manage("enrol_second_factor", "admin").stdout.split()
    assert Browser(tidemark).log_in(first[-1])
    assert not Browser(tidemark).log_in(first[-1])

    again = tidemark.manage("enrol_second_factor", "admin")
    assert again.returncode == 1
    assert "admin has a second factor; --replace makes another" in again.stderr
    unknown = tidemark.manage("enrol_second_factor", "nobody")
    assert "There is no user 'nobody'" in unknown.stderr

    replaced = tidemark.manage("enrol_second_factor", "admin", "--replace").stdout.split()
    assert Browser(tidemark).log_in(replaced[-1])
    assert not Browser(tidemark).log_in(first[-2])
