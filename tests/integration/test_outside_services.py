"""Outside services that nobody has named: who says so, and what waits."""

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from events.clock import utc_now
from events.enrichment.fill_in import fill_in
from events.models import Chunk, PartialEvent
from events.models import Event as StoredEvent
from events.outside_services import outside_services, report_unset_services, waiting_log
from events.pipeline import steps
from events.states import ENRICH
from events.systems.playback.client import enrich_client
from notifications.delivery import DeliveryPool
from tests.support.pipeline import chunk_ids, post, process
from tests.support.signs_of_life import give_every_sign

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = ("EXCHANGE_RATES_URL", "MODEL_URL", "NOTIFY_URL", "REGION_URL")


@pytest.fixture(autouse=True)
def nothing_is_set(settings: Settings) -> None:
    enrich_client.cache_clear()
    for name in (*SETTINGS, "ENRICH_CLIENT"):
        setattr(settings, name, None)


def interval(number: int) -> dict[str, Any]:
    event = {"id": number, "user_id": f"user {number}", "video_id": "v", "start_at": 0, "stop_at": 1}
    return event | {"bitrate_kbps": 1, "device_type": "TV", "error_code": None}


def bet(number: int, currency: str) -> dict[str, Any]:
    event = {"id": number, "player_id": 11, "game_id": 101, "amount": 500, "currency": currency}
    return event | {"created_at": "2022-02-02T23:45:57.890+00:00"}


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    """The lines about what waits: service, events and reason; of the counts each minute only the first two."""
    lines = [vars(record) for record in caplog.records if vars(record).get("action") == "wait"]
    return [(line.get("service", line.get("by_service")), line["events"], line.get("error")) for line in lines]


def test_every_service_says_what_waits_for_it() -> None:
    assert outside_services.keys() == sorted(SETTINGS)
    assert [str(outside_services.get(name)) for name in SETTINGS] == [
        "EXCHANGE_RATES_URL is not set: bets and deposits in other currencies than EUR wait",
        "MODEL_URL is not set: playback events go on without the field model, which is filled in once it is set",
        "NOTIFY_URL is not set: notifications that are due wait",
        "REGION_URL is not set: playback events go on without the field region, which is filled in once it is set",
    ]


@pytest.mark.parametrize("arguments", [[], ["--deploy"]])
def test_check_names_them_and_passes(arguments: list[str], settings: Settings) -> None:
    settings.MODEL_URL = "http://127.0.0.1/models?device_type={device_type}"
    said = io.StringIO()
    call_command("check", *arguments, stdout=said, stderr=io.StringIO())
    named = [line.split()[0] for line in said.getvalue().splitlines() if "is not set" in line]
    assert sorted(named) == ["EXCHANGE_RATES_URL", "NOTIFY_URL", "REGION_URL"]


def test_readyz_is_degraded_and_names_them(settings: Settings, client: Client) -> None:
    give_every_sign()
    settings.REGION_URL = settings.MODEL_URL = settings.NOTIFY_URL = "http://127.0.0.1/"
    answer = client.get("/readyz", headers={"host": "localhost"})
    assert answer.status_code == 200
    document = answer.json()
    assert document.pop("processes")
    assert document == {
        "status": "degraded",
        "database": "ok",
        "broker": "ok",
        "services": {"EXCHANGE_RATES_URL": "not set: bets and deposits in other currencies than EUR wait"},
    }
    settings.EXCHANGE_RATES_URL = "http://127.0.0.1/"
    assert client.get("/readyz", headers={"host": "localhost"}).json()["status"] == "ok"


def test_a_client_of_the_operators_own_needs_no_addresses(settings: Settings) -> None:
    settings.ENRICH_CLIENT = "some.Client"
    assert outside_services.get("REGION_URL").is_set()
    assert outside_services.get("MODEL_URL").is_set()


def test_a_worker_begins_with_one_line_that_names_them(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    report_unset_services()
    (line,) = caplog.messages
    assert all(f"{name} is not set: " in line for name in SETTINGS)
    for name in SETTINGS:
        setattr(settings, name, "http://127.0.0.1/")
    report_unset_services()
    assert len(caplog.messages) == 1


def test_events_say_that_the_setting_is_not_set_however_many_there_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    waiting_log.report()
    caplog.clear()
    for start in range(0, 60, 10):  # more than would open a circuit breaker
        process(post([interval(start + number) for number in range(10)], type_name="playback"))
    partial = {"partial": {"region": "REGION_URL is not set", "model": "MODEL_URL is not set"}}
    assert list(StoredEvent.objects.values_list("enrichment", flat=True)) == [partial] * 60
    assert fill_in(now=utc_now() + timedelta(hours=1)) == 0
    assert PartialEvent.objects.filter(attempts=0).count() == 60, "nobody tries in vain"

    (dollars,) = post([bet(1, "USD"), bet(2, "USD")], type_name="bet")
    euros = post([bet(3, "EUR")], type_name="bet")
    for hours in range(5):
        steps.run(ENRICH, dollars, clock=lambda hours=hours: utc_now() + timedelta(hours=hours))
    process(euros)
    assert Chunk.objects.get(id=dollars).waiting_for == "currency: EXCHANGE_RATES_URL is not set"
    assert set(chunk_ids()) - {dollars} == set(Chunk.objects.filter(state="published").values_list("id", flat=True))

    first = [line for line in told(caplog) if isinstance(line[0], str)]
    assert len(first) == len(set(first)) <= 3
    waiting_log.report()
    counted = {} if not isinstance(told(caplog)[-1][0], dict) else told(caplog)[-1][0]
    sums = dict.fromkeys(("region", "model", "currency"), 0) | counted
    for name, events, _ in first:
        sums[name] += events
    assert sums == {"region": 60, "model": 60, "currency": 2}
    assert not [message for message in caplog.messages if "circuit breaker" in message]


def test_due_notifications_wait_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    waiting_log.report()
    caplog.clear()
    pool = DeliveryPool()
    for _ in range(3):
        pool.deliver(["a", "b"])
    waiting_log.report()
    lines = told(caplog)
    assert sum(line[1] for line in lines) == 6
    assert len(lines) <= 2
