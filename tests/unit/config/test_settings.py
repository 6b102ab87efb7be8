"""The settings as a whole."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VARIABLES = sorted(
    set(re.findall(r'(?:read|require)\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    | set(re.findall(r'read\("([A-Z_]+)"', (ROOT / "config" / "stubs" / "__main__.py").read_text()))
)
PRODUCTION = {
    "DATABASE_URL": "postgres://user:password@db.example.org/tidemark",
    "REDIS_URL": "redis://redis.example.org/0",
    "SECRET_KEY": "uZ3" + "9fK2q" * 12,
    "ALLOWED_HOSTS": "tidemark.example.org",
    "HTTPS": "on",
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_is_in_the_documentation(variable: str) -> None:
    assert f"`{variable}`" in (ROOT / "docs" / "running.md").read_text()


def test_the_check_for_deployment_finds_nothing_to_complain_of() -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_servers_of_ones_own_need_a_secret_key() -> None:
    without_key = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | without_key,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("The environment variable SECRET_KEY is not set")
    assert result.stderr.count("\n") == 1


def test_the_production_lock_is_part_of_the_whole_one() -> None:
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))

    production, everything = pins("requirements-production.lock"), pins("requirements.lock")
    assert production
    assert production <= everything


@pytest.mark.parametrize("lock", ["requirements-production.lock", "requirements.lock"])
def test_a_lock_names_no_place_on_this_machine_or_the_network(lock: str) -> None:
    assert not re.findall(r"https?://|file:|--find-links|--index", (ROOT / lock).read_text())


def test_the_locks_are_as_new_as_the_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def missing(requirements: list[str], lock: str) -> list[str]:
        locked = (ROOT / lock).read_text()
        pins = [re.sub(r"\[.*?\]", "", requirement) for requirement in requirements]
        return [pin for pin in pins if not re.search(rf"^{re.escape(pin)}\b", locked, re.MULTILINE | re.IGNORECASE)]

    optional = [pin for extra in project["optional-dependencies"].values() for pin in extra]
    assert missing(project["dependencies"], "requirements-production.lock") == []
    assert missing(project["dependencies"] + optional, "requirements.lock") == []
