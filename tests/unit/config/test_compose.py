"""docker-compose.yml starts the processes that `up` starts."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.messaging import QUEUES
from config.up.processes import process_table

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


@dataclass
class DefaultSizes:
    WEB_WORKERS: int = 2
    WORK_CONCURRENCY: int = 2
    ENRICH_CONCURRENCY: int = 16


TABLE = {
    process.name: process for process in process_table(host="0.0.0.0", port=8000, sizes=DefaultSizes(), stub_port=None)
}


def with_defaults(argument: str) -> str:
    """What `docker compose` makes of `${NAME:-default}` when NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", argument)


@pytest.mark.parametrize("name", ["web", "beat", *QUEUES])
def test_a_service_runs_the_command_of_the_process_table(name: str) -> None:
    command = [with_defaults(argument) for argument in SERVICES[name]["command"]]
    assert command == ["python", *TABLE[name].command[1:]]


def test_every_long_running_process_has_a_service() -> None:
    running = {name for name, process in TABLE.items() if not process.one_shot}
    assert set(SERVICES) == running | {"postgres", "redis", "migrate"}


@pytest.mark.parametrize("name", ["postgres", "redis", "web", *QUEUES])
def test_whatever_can_be_asked_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_web_is_on_port_80_and_postgres_keeps_its_data_in_a_volume() -> None:
    assert SERVICES["web"]["ports"] == ["80:8000"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "postgres" in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ["web", "beat", *QUEUES])
def test_nothing_starts_before_the_migrations_are_done(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["web", *QUEUES])
def test_docker_waits_longer_than_a_clean_stop_takes(name: str) -> None:
    seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert seconds > TABLE[name].grace_seconds
