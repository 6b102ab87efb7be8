"""docker-compose.yml starts the processes that `up` starts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.local.stubs.addresses import addresses
from config.local.up.processes import process_table
from config.messaging import QUEUES

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


with pytest.MonkeyPatch.context() as environment:
    environment.delenv("WEB_WORKERS", raising=False)
    environment.setenv("WORK_CONCURRENCY", "2")  # the setting's default is the number of processors
    TABLE = {program.name: program for program in process_table(host="0.0.0.0", port=8000, stub_port=None)}


def with_defaults(argument: str) -> str:
    """What `docker compose` makes of `${NAME:-default}` when NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", argument)


@pytest.mark.parametrize("name", ["web", "beat", *QUEUES])
def test_a_service_runs_the_command_of_the_process_table(name: str) -> None:
    command = [with_defaults(argument) for argument in SERVICES[name]["command"]]
    assert command == ["python", *TABLE[name].command[1:]]


def test_every_long_running_process_has_a_service() -> None:
    running = {name for name, program in TABLE.items() if not program.one_shot}
    assert set(SERVICES) == running | {"postgres", "redis", "migrate", "stubs"}


def test_a_profile_runs_the_stubs_and_a_file_names_them() -> None:
    lines = (ROOT / "stubs.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert variables == {"COMPOSE_PROFILES": "stubs"} | addresses("stubs", 8001)
    assert SERVICES["stubs"]["profiles"] == ["stubs"]
    (table,) = (
        program for program in process_table(host="0.0.0.0", port=8000, stub_port=8001) if program.name == "stubs"
    )
    listening = [argument for argument in SERVICES["stubs"]["command"] if argument not in ("--host", "0.0.0.0")]
    assert listening == ["python", *table.command[1:]]


@pytest.mark.parametrize("name", ["postgres", "redis", "web", *QUEUES])
def test_whatever_can_be_asked_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_web_is_on_port_8000_or_another_and_postgres_keeps_its_data_in_a_volume() -> None:
    assert SERVICES["web"]["ports"] == ["${WEB_PORT:-8000}:8000"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert "postgres" in COMPOSE["volumes"]


@pytest.mark.parametrize("name", ["web", "beat", *QUEUES])
def test_nothing_starts_before_the_migrations_are_done(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["web", *QUEUES])
def test_docker_waits_longer_than_a_clean_stop_takes(name: str) -> None:
    seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert seconds > TABLE[name].grace_seconds
