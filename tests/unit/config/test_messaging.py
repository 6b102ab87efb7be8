"""Where tasks go, and how the broker is addressed."""

import pytest

from config.celery import app
from config.messaging import ROUTES, SCHEDULE_EVERY_SECONDS, broker_of, celery_settings

OURS = ("events.", "watchtime.", "notifications.")


def test_the_routes_are_those_of_the_tasks_there_are() -> None:
    app.loader.import_default_modules()
    assert set(ROUTES) == {task for task in app.tasks if task.startswith(OURS)}


@pytest.mark.parametrize(("task", "queue"), [*ROUTES.items(), ("anything.else", "work")])
def test_every_task_has_its_queue(task: str, queue: str) -> None:
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_what_beat_sends_are_tasks() -> None:
    assert set(SCHEDULE_EVERY_SECONDS) <= set(ROUTES)


@pytest.mark.parametrize(
    ("redis_url", "broker"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_the_broker_of_a_redis_is_spelt_as_kombu_wants_it(redis_url: str, broker: str) -> None:
    assert broker_of(redis_url) == broker


def test_rabbitmq_gets_quorum_queues_and_confirmed_publishes() -> None:
    settings = celery_settings("amqp://user@host//")
    assert settings["CELERY_TASK_DEFAULT_QUEUE_TYPE"] == "quorum"
    assert settings["CELERY_TASK_CREATE_MISSING_QUEUE_TYPE"] == "quorum"
    assert settings["CELERY_BROKER_TRANSPORT_OPTIONS"] == {"confirm_publish": True}


def test_a_periodic_task_expires_when_the_next_one_is_due() -> None:
    for entry in celery_settings("redis://host")["CELERY_BEAT_SCHEDULE"].values():
        assert entry["options"]["expires"] == entry["schedule"]


@pytest.mark.parametrize("task", ["events.sweep", "events.ensure_partitions"])
def test_recovery_is_scheduled_where_nothing_delays_it(task: str) -> None:
    assert celery_settings("redis://host")["CELERY_BEAT_SCHEDULE"][task]["options"]["queue"] == "control"


def test_no_result_is_kept_and_nothing_but_json_is_taken() -> None:
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None
    assert app.conf.accept_content == ["json"]
