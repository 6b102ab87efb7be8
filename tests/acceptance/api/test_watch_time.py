"""Watch time over HTTP: the sample input, the table of what is counted, lists."""

import json
from pathlib import Path

import pytest

from tests.acceptance.api.conftest import Api

DATA = Path(__file__).resolve().parents[2] / "data"


def test_the_sample_input_gives_the_expected_totals(api: Api) -> None:
    expected = json.loads((DATA / "heartbeats.expected.json").read_text())
    api.done(api.post("/", data=(DATA / "heartbeats.json").read_bytes()))
    for user, seconds in expected["users"].items():
        assert api.get(f"/v1/users/{user}/watch-time").json()["watch_seconds"] == seconds
    for movie, seconds in expected["movies"].items():
        assert api.get(f"/v1/movies/{movie}/watch-time").json()["watch_seconds"] == seconds
    for pair in expected["pairs"]:
        path = f"/v1/users/{pair['user']}/movies/{pair['movie']}"
        document = api.get(f"{path}/watch-time").json()
        assert {name: document[name] for name in pair} == pair
        moment = api.get(f"{path}/latest-moment").json()
        assert moment.keys() == {"user", "movie", "latest_moment", "updated_at"}
        assert moment["latest_moment"] == pair["latest_moment"]


@pytest.mark.parametrize(
    ("moments", "seconds", "latest", "furthest"),
    [
        ([4500], 4500, 4500, 4500),
        ([10, 20, 30], 30, 30, 30),
        ([10, 20, 20], 20, 20, 20),
        ([10, 30, 5, 15], 40, 15, 30),
    ],
)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_what_is_counted(
    api: Api, name: str, moments: list[int], seconds: int, latest: int, furthest: int, one_by_one: bool
) -> None:
    beats = [{"user": name, "slug": "film", "at": at} for at in moments]
    if one_by_one:
        for beat in beats:
            api.settled(api.post("/", json=beat))
    else:
        api.done(api.post("/", json=beats))
    pair = api.get(f"/v1/users/{name}/movies/film/watch-time").json()
    assert (pair["watch_seconds"], pair["latest_moment"], pair["furthest_moment"]) == (seconds, latest, furthest)


def test_time_counts_and_not_the_order_of_arrival(api: Api, name: str) -> None:
    for at, time in ((10, "12:00:10"), (30, "12:00:30"), (20, "12:00:20")):
        api.settled(api.post("/", json={"user": name, "slug": "film", "at": at, "time": f"2026-01-31T{time}Z"}))
    pair = api.get(f"/v1/users/{name}/movies/film/watch-time").json()
    assert (pair["watch_seconds"], pair["latest_moment"], pair["furthest_moment"]) == (30, 30, 30)


@pytest.mark.parametrize(
    "path", ["movies/{0}/watch-time", "users/{0}/watch-time", "users/{0}/movies", "users/{0}/movies/x/watch-time"]
)
def test_unknown_users_movies_and_pairs_are_404(api: Api, name: str, path: str) -> None:
    answer = api.get(f"/v1/{path.format(name)}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_users_movies_come_page_by_page(api: Api, name: str) -> None:
    api.done(api.post("/", json=[{"user": name, "slug": f"film{number}", "at": number} for number in range(5)]))
    first = api.get(f"/v1/users/{name}/movies", params={"limit": 3}).json()
    second = api.get(f"/v1/users/{name}/movies", params={"limit": 3, "cursor": first["next"]}).json()
    assert [pair["movie"] for pair in first["results"] + second["results"]] == [f"film{n}" for n in range(5)]
    assert second["next"] is None


@pytest.mark.parametrize("of", ["movies", "users"])
def test_top_lists_are_in_order_and_complete(api: Api, name: str, of: str) -> None:
    api.done(api.post("/", json=[{"user": f"{name}{n}", "slug": f"{name}{n}", "at": 3000 + n // 2} for n in range(9)]))
    rows, cursor = [], None
    while True:
        page = api.get(
            "/v1/watch-time/top", params={"of": of, "limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        rows += page["results"]
        if (cursor := page["next"]) is None:
            break
    key = of.removesuffix("s")
    order = [(-row["watch_seconds"], row[key]) for row in rows]
    assert order == sorted(order)
    assert len(order) == len(set(order))
    assert sum(row[key].startswith(name) for row in rows) == 9
