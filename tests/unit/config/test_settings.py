"""The settings as a whole."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = {
    "DATABASE_URL": "postgres://user:password@db.example.org/tidemark",
    "REDIS_URL": "redis://redis.example.org/0",
    "SECRET_KEY": "uZ3" + "9fK2q" * 12,
    "ALLOWED_HOSTS": "tidemark.example.org",
    "HTTPS": "on",
}


WORKER = ["-m", "celery", "--app", "config", "--quiet", "worker", "--pool", "solo"]


def run(*command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Python with these arguments and no environment but this one."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_check_for_deployment_finds_nothing_to_complain_of() -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS allows every host"),
        ({"DATABASE_URL": ""}, "REQUIRE_API_KEY is not set"),
        ({"DEBUG": "on"}, "security.W018"),
        ({"HTTPS": "off"}, "security.W008"),
        ({"HSTS_SECONDS": "0"}, "security.W004"),
        ({"HSTS_PRELOAD": "on"}, "HSTS_PRELOAD has no effect"),
    ],
)
def test_the_check_for_deployment_fails_when_a_door_is_open(variables: dict[str, str], complaint: str) -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION | variables)
    assert result.returncode == 1
    assert complaint in result.stderr


@pytest.mark.parametrize("command", [["manage.py", "check"], ["manage.py", "migrate"], WORKER])
@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SECRET_KEY", "", "The environment variable SECRET_KEY is not set; it may be "),
        ("SECRET_KEY", "hunter2", "The environment variable SECRET_KEY is a text of 7 characters; it may be "),
        ("EXTRA_EVENT_TYPES", "nope", "The environment variable EXTRA_EVENT_TYPES is 'nope'; it may be "),
    ],
)
def test_a_wrong_variable_ends_every_program_with_one_line(
    command: list[str], variable: str, value: str, line: str
) -> None:
    result = run(*command, environment=PRODUCTION | {variable: value})
    assert result.returncode == 1
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr + result.stdout


def test_the_production_lock_is_part_of_the_whole_one() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))

    production, everything = pins("requirements-production.lock"), pins("requirements.lock")
    assert production
    assert production <= everything


@pytest.mark.parametrize("lock", ["requirements-production.lock", "requirements-browser.lock", "requirements.lock"])
def test_a_lock_names_no_place_on_this_machine_or_the_network(lock: str) -> None:
    assert not re.findall(r"https?://|file:|--find-links|--index", (ROOT / lock).read_text())


def test_the_locks_are_as_new_as_the_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def missing(requirements: list[str], lock: str) -> list[str]:
        locked = (ROOT / lock).read_text()
        pins = [re.sub(r"\[.*?\]", "", requirement) for requirement in requirements]
        return [pin for pin in pins if not re.search(rf"^{re.escape(pin)}\b", locked, re.MULTILINE | re.IGNORECASE)]

    extras: dict[str, list[str]] = project["optional-dependencies"]
    optional = [pin for name, pins in extras.items() if name != "browser" for pin in pins]
    assert missing(project["dependencies"], "requirements-production.lock") == []
    assert missing(project["dependencies"] + optional, "requirements.lock") == []
    assert missing(project["dependencies"] + extras["browser"], "requirements-browser.lock") == []
