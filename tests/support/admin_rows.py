"""A row of every model that the admin has a page for, and who looks at them."""

from datetime import UTC, datetime

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from events.access.issuing import issue
from events.access.models import ApiKey
from events.clock import utc_now
from events.intake.accept import accept_batch
from events.models import Event, PartialEvent
from events.systems.casino.models import Player
from tests.support.fitness import happen, launch
from tests.support.pipeline import heartbeat, post, process

MODELS: list[type[Model]] = list(admin.site._registry)


def make_rows() -> None:
    """Fails for a model that it makes no row of: add one."""
    process(post([heartbeat("ann", "alien", 1, id="1"), heartbeat("ann", "alien", 1, id="1"), {"user": "bad"}]))
    accept_batch([b'{"type": "mystery"}'], type_name=None, now=utc_now())
    happen(launch(0))
    PartialEvent.objects.create(
        id=Event.objects.earliest("id").id, type="heartbeat", missing=["region"], next_attempt_at=utc_now()
    )
    Player.objects.create(id=11)
    issue(ApiKey(name="shop", scopes=["ingest"]), now=utc_now())
    User.objects.create_user("newcomer")  # who can be deleted
    user = User.objects.create_user("somebody")
    Group.objects.get_or_create(name="viewers")
    TOTPDevice.objects.create(user=user, name="authenticator app", key="c0ffee" * 5)
    StaticDevice.objects.create(user=user, name="backup codes").token_set.create(token="backup-code-1")
    AccessAttempt.objects.create(username="somebody", ip_address="192.0.2.1", failures_since_start=1)
    AccessLog.objects.create(username="somebody", ip_address="192.0.2.1", attempt_time=datetime(2026, 1, 1, tzinfo=UTC))
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(Player), object_repr="11", action_flag=CHANGE
    )
    for model in MODELS:
        assert model._default_manager.exists(), f"tests/support/admin_rows.py makes no {model._meta.label}"


def logged_in(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client
