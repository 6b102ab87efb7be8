"""docs/howto/add_system.md does what it says: its files, put into one folder, are a system that works."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
HOWTO = (ROOT / "docs" / "howto" / "add_system.md").read_text()
PATH = r"`(events/systems/weather/[\w/]+\.py)`"


def files_of_the_howto() -> dict[str, str]:
    """By path. A block of code belongs to the last path named before it; a path without one is an empty file."""
    *parts, _ = re.split(r"```python\n(.*?)```", HOWTO, flags=re.DOTALL)
    files = {}
    for text, code in zip(parts[::2], parts[1::2], strict=True):
        *empty, path = re.findall(PATH, text)
        files |= dict.fromkeys(empty, "") | {path: code}
    return files


FILES = files_of_the_howto()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product, with the files of the how-to in it."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("config", "events", "watchtime", "notifications"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for path, code in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(code)
    return folder


@pytest.fixture(scope="module")
def tidemark(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    directory = tmp_path_factory.mktemp("weather")
    environment = {"WEATHER_WARM_FROM": "25", "WEB_WORKERS": "1", "WORK_CONCURRENCY": "1"}
    product = Tidemark(directory / "data", directory / "up", environment, root=copy)
    product.wait_until_ready()
    yield product
    product.kill_tree()
    print(product.stderr()[-5000:])


def get(tidemark: Tidemark, path: str, **parameters: str | int) -> dict[str, Any]:
    response = requests.get(tidemark.base_url + path, params=parameters, timeout=40)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def test_the_system_is_one_folder_that_keeps_to_the_rules(copy: Path) -> None:
    for command in ("-m ruff check events/systems", "-m ruff format --check events/systems", "manage.py check"):
        subprocess.run([sys.executable, *command.split()], cwd=copy, check=True)


def test_its_events_are_taken_enriched_counted_and_listed(tidemark: Tidemark) -> None:
    # when a request brings a good reading, its repetition, a cold one, and one that can't be
    taken_at = "2026-05-01T12:00:00Z"
    readings = [
        {"id": 1, "station": "pier", "celsius": 25, "taken_at": taken_at},
        {"id": 1, "station": "pier", "celsius": 25, "taken_at": taken_at},
        {"id": 2, "station": "pier", "celsius": 24, "taken_at": taken_at},
        {"id": 3, "station": "pier", "celsius": 200, "taken_at": taken_at},
    ]
    response = requests.post(f"{tidemark.base_url}/v1/events/reading", json=readings, timeout=20)
    assert response.status_code == 202
    assert response.json()["errors"][0] | {"message": ""} == {
        "index": 3,
        "field": "celsius",
        "code": "out_of_range",
        "message": "",
    }
    operation = get(tidemark, response.headers["Location"], wait=30)
    assert (operation["handled_events"], operation["duplicate_events"]) == (2, 1)

    # then they are listed with what the enricher made of the setting
    listed = get(tidemark, "/v1/events", type="reading", user="pier")["results"]
    assert {row["data"]["celsius"]: row["enrichment"]["comfort"] for row in listed} == {25: "warm", 24: "cold"}
    # counted live, once
    wait_until(lambda: get(tidemark, "/v1/stations")["readings"] == {"pier": 2}, what="both readings are counted")
    # and described
    assert get(tidemark, "/v1/event-types/reading")["counts"]["processed_events"] == 2
    description = get(tidemark, "/openapi.json")
    assert description["paths"]["/v1/stations"]["get"]["tags"] == ["Weather"]
    assert "event.reading" in description["components"]["schemas"]


def test_its_generator_and_its_demonstration_run(tidemark: Tidemark) -> None:
    generated = tidemark.manage("generate", "weather", "--seconds", "1", "--rate", "10", "--url", tidemark.base_url)
    assert "10 events accepted, 0 rejected." in generated.stderr
    shown = tidemark.manage("demo", tidemark.base_url)
    assert shown.returncode == 0, shown.stderr
    assert "park: 27 degrees, warm" in shown.stdout
    assert "hill: 12 degrees, cold" in shown.stdout
