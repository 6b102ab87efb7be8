"""docs/howto/add_event_type.md does what it says: its file, put into a folder, is all that a new type takes."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from events.clock import utc_now
from events.models import Event, UnsupportedEvent
from events.pipeline.drain import drain
from events.types import registry
from events.types.registry import event_types
from tests.support.pipeline import chunk_ids, ends, process

pytestmark = pytest.mark.django_db

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "add_event_type.md"
RATING = {"type": "rating", "id": 1, "user": "ann", "slug": "dune", "stars": 5, "rated_at": "2026-01-31T12:00:00Z"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python finds modules in; what they register is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    event_types.remove("rating")
    sys.modules.pop("rating_of_the_howto", None)


def post(client: Client, path: str, body: object) -> tuple[int, dict[str, object]]:
    """Posts JSON; status and answer. What was accepted is processed."""
    response = client.post(path, json.dumps(body), content_type="application/json")
    drain(now=utc_now())
    process(chunk_ids())
    return response.status_code, response.json()


def test_the_file_of_the_howto_is_all_it_takes(folder: Path, client: Client, settings: Settings) -> None:
    # given an event that came before its type
    assert post(client, "/v1/events", RATING)[0] == 202
    assert client.get("/v1/event-types/rating").json()["supported"] is False

    # when the file is there
    (source,) = re.findall(r"```python\n(.*?)```", HOWTO.read_text(), flags=re.DOTALL)
    (folder / "rating_of_the_howto.py").write_text(source)
    settings.EXTRA_EVENT_TYPES = ["rating_of_the_howto"]
    registry.load()

    # then its events are taken and validated
    assert post(client, "/v1/events/rating", RATING | {"id": 2, "user": "bob"})[0] == 202
    status, answer = post(client, "/v1/events", RATING | {"stars": 6})
    assert status == 400
    assert answer["errors"][0]["field"] == "stars"  # type: ignore[index]

    # stored and listed
    listed = client.get("/v1/events", {"type": "rating"}).json()["results"]
    assert [(row["user"], row["data"]["stars"], row["state"]) for row in listed] == [("bob", 5, "processed")]
    summary = {row["type"]: row for row in client.get("/v1/event-types").json()["results"]}["rating"]
    assert summary["supported"] is True
    assert summary["description"] == "A user says how much they liked a movie."
    assert summary["counts"]["processed_events"] == 1

    # and documented
    details = client.get("/v1/event-types/rating").json()
    assert (details["user"], details["item"], details["time"], details["identity"]) == (
        "user",
        "slug",
        "rated_at",
        "id",
    )
    assert details["schema"]["properties"]["stars"]["maximum"] == 5
    assert details["schema"]["required"] == ["user", "slug", "stars", "id", "rated_at"]
    assert "event.rating" in client.get("/openapi.json").json()["components"]["schemas"]

    # and what came before is processed
    call_command("replay", "--unsupported")
    process(chunk_ids())
    assert sorted(Event.objects.values_list("user_key", flat=True)) == ["ann", "bob"]
    assert not UnsupportedEvent.objects.exists()
    assert ends()["rating"][:5] == (2, 0, 0, 0, 0)


def test_every_declared_type_is_listed_with_a_json_schema(client: Client) -> None:
    listed = {row["type"]: row for row in client.get("/v1/event-types").json()["results"]}
    assert set(listed) == set(event_types.keys())
    for row in listed.values():
        schema = client.get(row["href"]).json()["schema"]
        assert (schema["$schema"], schema["type"]) == ("https://json-schema.org/draft/2020-12/schema", "object")
        assert all(count == 0 for count in row["counts"].values())


def test_an_unknown_type_is_404(client: Client) -> None:
    assert client.get("/v1/event-types/no-such-type").status_code == 404
