"""The admin's login: who tries too often is locked out, and nobody else."""

import logging
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from config.conf import conf
from events.clock import utc_now
from tests.support.admin_rows import logged_in

pytestmark = pytest.mark.django_db

RIGHT, WRONG = "a long pass phrase", "hunter2-hunter2"
STRANGER, HOME = "192.0.2.7", "192.0.2.8"


@pytest.fixture(autouse=True)
def users() -> None:
    for name in ("ann", "bob"):
        User.objects.create_superuser(name, password=RIGHT)


def log_in(name: str, password: str, *, address: str = STRANGER) -> HttpResponse:
    """The response to a browser that fills in the form."""
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=address)
    return client.post("/admin/login/?next=/admin/", {"username": name, "password": password})


def lock_out(name: str) -> HttpResponse:
    for _ in range(conf.ADMIN_LOGIN_ATTEMPTS - 1):
        assert log_in(name, WRONG).status_code == 200
    return log_in(name, WRONG)


def test_who_tries_too_often_is_told_when_to_come_back() -> None:
    refused = lock_out("ann")
    assert refused.status_code == 429
    assert refused["Retry-After"] == str(conf.ADMIN_LOCKOUT_MINUTES * 60)
    assert "Try again in 15 minutes" in refused.content.decode()


def test_the_right_password_does_not_help_from_there_and_does_from_elsewhere() -> None:
    lock_out("ann")
    assert log_in("ann", RIGHT).status_code == 429
    assert log_in("ann", RIGHT, address=HOME).status_code == 302
    assert log_in("bob", RIGHT).status_code == 302, "another user of the same address"


def test_spellings_that_mean_one_user_are_counted_together() -> None:
    for name in ("ann", " ann", "ann ", "\uff41nn"):  # the last one is what Unicode calls compatible
        assert log_in(name, WRONG).status_code == 200
    assert log_in("ann", WRONG).status_code == 429


def test_behind_a_proxy_the_client_is_locked_out_and_not_the_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1

    def log_in_from(address: str, password: str) -> int:
        client = Client(SERVER_NAME="localhost", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"made-up, {address}")
        return client.post("/admin/login/?next=/admin/", {"username": "ann", "password": password}).status_code

    assert [log_in_from("2001:db8::1", WRONG) for _ in range(conf.ADMIN_LOGIN_ATTEMPTS)][-1] == 429
    assert log_in_from("2001:db8::2", RIGHT) == 429, "the same network"
    assert log_in_from("2001:db8:0:1::1", RIGHT) == 302


def test_a_lock_out_ends_also_for_who_goes_on_trying() -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        lock_out("ann")
        clock.shift(timedelta(minutes=conf.ADMIN_LOCKOUT_MINUTES - 1))
        assert log_in("ann", RIGHT).status_code == 429
        clock.shift(timedelta(minutes=2))
        assert log_in("ann", RIGHT).status_code == 302


def test_a_login_forgets_the_attempts_before_it() -> None:
    for _ in range(3):
        for _ in range(conf.ADMIN_LOGIN_ATTEMPTS - 1):
            assert log_in("ann", WRONG).status_code == 200
        assert log_in("ann", RIGHT).status_code == 302
    assert AccessLog.objects.filter(username="ann", ip_address=STRANGER).count() == 3


def test_an_administrator_lets_somebody_in_by_deleting_the_attempts() -> None:
    lock_out("ann")
    boss = logged_in(User.objects.get(username="bob"))
    chosen = [str(pk) for pk in AccessAttempt.objects.values_list("pk", flat=True)]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert boss.post("/admin/axes/accessattempt/", data).status_code == 302
    assert log_in("ann", RIGHT).status_code == 302


def test_no_password_is_kept_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lock_out("ann")
    log_in("ann", RIGHT, address=HOME)
    kept = [str(attempt.__dict__) for attempt in AccessAttempt.objects.all()]
    assert kept
    assert "Locking out" in caplog.text
    for secret in (WRONG, RIGHT):
        assert secret not in caplog.text + "".join(kept)


@pytest.mark.parametrize(
    ("password", "why"), [("short7!", "at least 12"), ("password1234", "too common"), ("193847562910", "numeric")]
)
def test_a_weak_password_is_refused(password: str, why: str) -> None:
    boss = logged_in(User.objects.get(username="bob"))
    form = {"username": "new", "password1": password, "password2": password, "usable_password": "true"}
    assert why in boss.post("/admin/auth/user/add/", form).content.decode()
    assert not User.objects.filter(username="new").exists()


def test_a_session_ends_after_hours_and_no_script_reads_its_cookie() -> None:
    cookie = log_in("ann", RIGHT).cookies["sessionid"]
    assert cookie["max-age"] == conf.ADMIN_SESSION_HOURS * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
