"""Taking events in over HTTP: answers, states from the 202 on, idempotency, operations."""

import gzip
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.api.conftest import Api
from tests.support.processes.waiting import wait_until


def test_one_event_is_answered_with_its_place_and_gets_processed(api: Api, name: str) -> None:
    answer = api.post("/v1/event", json={"type": "heartbeat", "user": name, "slug": "film", "at": 12, "mood": "good"})
    assert answer.status_code == 202
    assert answer.json().keys() == {"event"}
    assert answer.headers["Location"] == f"/v1/events/{answer.json()['event']}"
    first_look = api.get(answer.headers["Location"])
    assert first_look.status_code == 200
    assert first_look.json()["state"] in {"pending", "processed"}
    event = api.settled(answer)
    assert (event["state"], event["type"], event["user"]) == ("processed", "heartbeat", name)
    assert event["data"] == {"type": "heartbeat", "user": name, "slug": "film", "at": 12, "mood": "good"}
    assert event["received_at"].endswith("Z")


def test_the_fast_path_serves_posts_where_there_is_one(api: Api, name: str) -> None:
    response = api.post("/v1/event", json={"type": "heartbeat", "user": name, "slug": "film", "at": 12})
    assert ("Allow" not in response.headers) == api.has_fast_path, "DRF tells what a view allows"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("form", ["array", "envelope", "ndjson", "gzip"])
def test_every_form_of_several_events(api: Api, name: str, form: str) -> None:
    events = [{"user": name, "slug": f"film{number}", "at": 10} for number in range(3)]
    headers = {"Content-Type": "application/json"}
    body = json.dumps(events).encode()
    if form == "envelope":
        body = json.dumps({"events": events}).encode()
    elif form == "ndjson":
        body = b"\r\n".join(json.dumps(event).encode() for event in events) + b"\n\n"
        headers = {"Content-Type": "application/x-ndjson"}
    elif form == "gzip":
        body = gzip.compress(body[:20]) + gzip.compress(body[20:])
        headers["Content-Encoding"] = "gzip"
    operation = api.done(api.post("/v1/events/heartbeat", data=body, headers=headers))
    assert (operation["total_events"], operation["handled_events"], operation["progress"]) == (3, 3, 100)
    assert api.get(f"/v1/users/{name}/watch-time").json() == {"user": name, "watch_seconds": 30, "movies": 3}


def test_an_event_is_pending_from_the_202_on_without_a_gap(api: Api, name: str) -> None:
    for at in range(30):
        answer = api.post("/", json={"user": name, "slug": "film", "at": at})
        states = []
        while not states or states[-1] == "pending":
            looked = api.get(answer.headers["Location"])
            assert looked.status_code == 200, looked.text
            states.append(looked.json()["state"])
        assert states[-1] == "processed"


def test_a_duplicate_names_the_event_it_repeats_and_the_first_wins(api: Api, name: str) -> None:
    first = api.post("/", json={"user": name, "slug": "film", "at": 10, "id": name})
    assert api.settled(first)["state"] == "processed"
    second = api.settled(api.post("/", json={"user": name, "slug": "film", "at": 99, "id": name}))
    assert (second["state"], second["duplicate_of"]) == ("duplicate", first.json()["event"])
    batch = api.done(api.post("/", json=[{"user": name, "slug": "film", "at": 50, "id": name}] * 2))
    assert (batch["total_events"], batch["handled_events"], batch["duplicate_events"]) == (2, 0, 2)
    assert api.get(f"/v1/users/{name}/watch-time").json()["watch_seconds"] == 10


def test_the_same_id_at_another_time_is_another_event(api: Api, name: str) -> None:
    times = ["2026-01-31T12:00:00Z", "2026-01-31T12:00:10Z", "2026-01-31T13:00:10+01:00"]
    operation = api.done(
        api.post("/", json=[{"user": name, "slug": "film", "at": 10, "id": 1, "time": time} for time in times])
    )
    assert (operation["handled_events"], operation["duplicate_events"]) == (2, 1)


def test_unknown_types_are_kept(api: Api, name: str) -> None:
    answer = api.post(
        "/v1/events", json=[{"type": name, "x": 1}, {"type": "heartbeat", "user": name, "slug": "f", "at": 1}]
    )
    assert answer.json()["unsupported"] == 1
    operation = api.done(answer)
    assert (operation["total_events"], operation["handled_events"], operation["unsupported_events"]) == (2, 2, 1)
    event = api.settled(api.post("/v1/event", json={"type": name, "x": [1, {"y": None}]}))
    assert (event["state"], event["data"]) == ("unsupported", {"type": name, "x": [1, {"y": None}]})


def test_a_type_that_the_route_contradicts_is_rejected(api: Api) -> None:
    answer = api.post("/v1/events/heartbeat", json={"type": "bet", "user": "a", "slug": "b", "at": 1})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "type_mismatch"


def test_an_idempotency_key_answers_as_before_and_counts_once(api: Api, name: str) -> None:
    body = [{"user": name, "slug": "film", "at": 10}]
    headers = {"Idempotency-Key": name}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: api.post("/", json=body, headers=headers), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == len({answer.headers["Location"] for answer in answers}) == 1
    api.done(answers[0])
    assert api.get(f"/v1/users/{name}/watch-time").json()["watch_seconds"] == 10
    assert len(api.get("/v1/events", params={"user": name}).json()["results"]) == 1
    other = api.post("/", json=[{"user": name, "slug": "film", "at": 11}], headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    # a key whose request accepted nothing is free
    rejected = {"Idempotency-Key": f"{name}-2"}
    assert api.post("/", json={"user": name}, headers=rejected).status_code == 400
    assert api.post("/", json={"user": name, "slug": "film", "at": 20}, headers=rejected).status_code == 202


def test_events_are_listed_newest_first_page_by_page(api: Api, name: str) -> None:
    api.done(api.post("/", json=[{"user": name, "slug": f"film{number}", "at": 1} for number in range(5)]))
    seen, parameters = [], {"user": name, "type": "heartbeat", "limit": 2}
    for _ in range(3):
        page = api.get("/v1/events", params=parameters).json()
        seen += [event["data"]["slug"] for event in page["results"]]
        parameters["cursor"] = page["next"]
    assert page["next"] is None
    assert seen == ["film4", "film3", "film2", "film1", "film0"]
    received = api.get("/v1/events", params={"user": name}).json()["results"][0]["received_at"]
    assert len(api.get("/v1/events", params={"user": name, "since": received}).json()["results"]) <= 5
    assert api.get("/v1/events", params={"user": name, "until": "2026-01-01T00:00:00Z"}).json()["results"] == []


def test_failures_are_listed_page_by_page(api: Api, name: str) -> None:
    bad = [{"user": name, "slug": "film", "at": -number - 1} for number in range(5)]
    answer = api.post("/", json=[*bad, {"user": name, "slug": "film", "at": 1}])
    path = f"{answer.headers['Location']}/failures"
    first = api.get(path, params={"limit": 3}).json()
    second = api.get(path, params={"limit": 3, "cursor": first["next"]}).json()
    assert [failure["index"] for failure in first["results"] + second["results"]] == [0, 1, 2, 3, 4]
    assert second["next"] is None


def test_statistics_account_for_every_event(api: Api, name: str) -> None:
    # given: what other tests posted is through
    wait_until(lambda: api.get("/v1/stats").json()["pending_events"] == 0, what="nothing is pending")
    before = api.get("/v1/stats").json()
    api.done(api.post("/", json=[{"user": name, "slug": "f", "at": 1, "id": name}] * 3 + [{"user": name}]))
    after = api.get("/v1/stats").json()
    grown = {end: after[end] - before[end] for end in ("total_events", "duplicate_events", "rejected_events")}
    assert grown == {"total_events": 1, "duplicate_events": 2, "rejected_events": 1}
    assert after["pending_events"] == 0
    assert after["processed_per_second"] > 0
    assert after["by_type"]["heartbeat"]["processed_events"] <= after["total_events"]


def test_what_the_client_accepts_does_not_matter(api: Api, name: str) -> None:
    body = {"user": name, "slug": "film", "at": 1}
    assert api.post("/", json=body, headers={"Accept": "text/html"}).status_code == 202
    assert api.get("/v1/stats", headers={"Accept": "image/png"}).json()["total_events"] >= 0


def test_the_root_says_where_to_look_and_every_link_leads_somewhere(api: Api) -> None:
    for link in api.get("/").json()["links"].values():
        assert api.get(link).status_code == 200, link


def test_other_methods_are_405(api: Api) -> None:
    answer = api.session.delete(f"{api.base_url}/v1/events/{uuid.uuid4()}", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")


def test_health(api: Api) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    wait_until(lambda: api.get("/readyz").json()["status"] == "ok", what="every process has given a sign of life")
    document = api.get("/readyz").json()
    processes = document.pop("processes")
    assert document == {"status": "ok", "database": "ok", "broker": "ok"}
    assert sorted(processes) == ["beat", "control", "enrich", "notify", "work"]
