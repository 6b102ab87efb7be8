"""Celery's settings and why they are what they are (docs/decisions.md, "Running").

Workers need these; the web process dispatches work over a connection of its own with short time-outs.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from events import states

CONTROL, ENRICH, WORK, NOTIFY = "control", states.ENRICH_QUEUE, states.WORK_QUEUE, "notify"
QUEUES = (CONTROL, ENRICH, WORK, NOTIFY)

ROUTES = {
    # Recovery and timers must not stand behind a backlog.
    "events.drain": CONTROL,
    "events.sweep": CONTROL,
    "events.ensure_partitions": CONTROL,
    "notifications.schedule": CONTROL,
    "notifications.deliver": NOTIFY,
    **states.QUEUE_OF_TASK,
    "events.fill_in": ENRICH,
    "events.ingest": WORK,
    "events.pulse": WORK,  # and to every other queue, see PULSE_EVERY_SECONDS
    "events.prune": WORK,
}
"""Tasks and their queues; every other task goes to `work`."""

SCHEDULE_EVERY_SECONDS = {
    "events.sweep": 1.0,
    "events.fill_in": 2.0,
    "notifications.schedule": 1.0,
    "events.ensure_partitions": 3600.0,
    "events.prune": 60.0,
}
"""Tasks that beat sends. A message that nobody took expires when the next one is due."""

PULSE_EVERY_SECONDS = 5.0
"""How often a task that does nothing is sent to each queue: who takes none, and works on none, does not consume."""


def broker_of(redis_url: str) -> str:
    """The broker in a Redis: kombu spells Unix sockets differently from redis-py."""
    address = urlsplit(redis_url)
    if address.scheme != "unix":
        return redis_url
    database = dict(part.split("=", 1) for part in address.query.split("&") if "=" in part).get("db", "0")
    return f"redis+socket://{address.path}?virtual_host={database}"


def celery_settings(broker_url: str) -> dict[str, Any]:
    """Celery's settings under the names that Django's settings have for them."""
    settings = _worker_settings() | _task_settings() | _broker_settings(broker_url)
    return {f"CELERY_{name.upper()}": value for name, value in settings.items()}


def _task_settings() -> dict[str, Any]:
    return {
        # A task is taken off its queue when it is done, and put back when its process dies; neither is enough alone.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # PostgreSQL owns the retries, so a failed task need not come again.
        "task_acks_on_failure_or_timeout": True,
        "task_ignore_result": True,
        "task_soft_time_limit": 60,
        "task_time_limit": 90,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "timezone": "UTC",
        "enable_utc": True,
        "task_default_queue": WORK,
        "task_create_missing_queues": True,
        "task_routes": {name: {"queue": queue} for name, queue in ROUTES.items()},
        "beat_schedule": {
            name: {
                "task": name,
                "schedule": every,
                "last_run_at": datetime.fromtimestamp(0, UTC),  # due when beat starts
                "options": {"queue": ROUTES[name], "expires": every},
            }
            for name, every in SCHEDULE_EVERY_SECONDS.items()
        }
        | {
            f"pulse of {queue}": {
                "task": "events.pulse",
                "schedule": PULSE_EVERY_SECONDS,
                "options": {"queue": queue, "expires": PULSE_EVERY_SECONDS},
            }
            for queue in QUEUES
        },
        # In memory: the schedule is made of intervals only, and a file could be torn by a kill.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": 1,
    }


def _worker_settings() -> dict[str, Any]:
    return {
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_max_tasks_per_child": 5000,
        "worker_max_memory_per_child": 400_000,  # KiB
        # Timers are rows; a task waits in a worker for seconds, never for long.
        "worker_eta_task_limit": 5000,
        # Celery would close the database connection before and after each task, and opening one costs more than most
        # tasks; config.celery drops the ones that broke. A limit has to be given: twice as many tasks.
        "db_reuse_max": 1_000_000,
        "worker_deduplicate_successful_tasks": False,
        # Standard output is the event log's.
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
    }


def _broker_settings(broker_url: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "broker_url": broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 5,
    }
    if urlsplit(broker_url).scheme in {"amqp", "amqps"}:
        return settings | {
            "task_default_queue_type": "quorum",
            "task_create_missing_queue_type": "quorum",
            "worker_detect_quorum_queues": True,
            "broker_transport_options": {"confirm_publish": True},
            "broker_heartbeat": 10,
        }
    return settings | {
        "broker_transport_options": {
            # With the defaults a lost task came back after 90 s instead of 9,
            # and a connection that was dropped silently hung for more than 100 s.
            "visibility_timeout": 180,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "retry_on_timeout": True,
        }
    }
