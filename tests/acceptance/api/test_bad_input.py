"""Bad input over HTTP: each has its answer, none is a 5xx, and the good items of a batch are kept."""

import gzip
import http.client
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.api.conftest import Api

GOOD = {"user": "good", "slug": "film", "at": 1}
JSON = {"Content-Type": "application/json"}


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    """The answer is a problem of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["errors"]
    assert all(set(error) == {"index", "field", "code", "message"} for error in problem["errors"])
    return problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"null",
        b'"x"',
        b"1",
        b"[]",
        b'{"events": []}',
        b'{"events": 5}',
        b'{"user": "a", "slug"',
        b'[{"user": "a"',
        b'{"user": "a", "slug": "b", "at": NaN}',
        b'{"user": "a", "slug": "b", "at": Infinity}',
        b'[{"user": "a", "slug": "b", "at": -Infinity}]',
        b'\xef\xbb\xbf{"user": "a", "slug": "b", "at": 1}',
        b'{"user": "\xff", "slug": "b", "at": 1}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"user": "a", "slug": "b", "at": 1} trailing',
    ],
)
def test_a_body_that_is_no_events_is_400(api: Api, body: bytes) -> None:
    assert_problem(api.post("/", data=body, headers=JSON), 400)


def test_an_array_at_the_route_for_one_event_is_400(api: Api) -> None:
    assert_problem(api.post("/v1/event", json=[{"type": "heartbeat", **GOOD}]), 400)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ('"at": -1', "at"),
        ('"at": true', "at"),
        ('"at": 1.5', "at"),
        ('"at": "1"', "at"),
        ('"at": null', "at"),
        ('"at": 9223372036854775808', "at"),
        (f'"at": {"9" * 5000}', "at"),
        ('"at": 1, "note": 1e400', ""),
        ('"at": 1, "time": "2026-02-30T12:00:00Z"', "time"),
        ('"at": 1, "time": "2026-01-31T12:00:61Z"', "time"),
        ('"at": 1, "time": "0000-01-01T00:00:00Z"', "time"),
        ('"at": 1, "time": "10000-01-01T00:00:00Z"', "time"),
        ('"at": 1, "time": "9999-01-01T00:00:00Z"', "time"),
        ('"at": 1, "time": "٢٠٢٦-01-31T12:00:00Z"', "time"),
        ('"at": 1, "time": 1e308', "time"),
        ('"at": 1, "note": "\\u0000"', "note"),
        ('"at": 1, "note": "\\ud800"', ""),
        ('"at": 1, "note": ' + "[" * 100 + "]" * 100, "note"),
        ('"at": 1, "note": {' + ",".join(f'"k{i}": 1' for i in range(5000)) + "}", "note"),
        ('"at": 1, "note": "' + "x" * 70_000 + '"', ""),
        ("", "at"),
    ],
)
def test_what_is_wrong_with_one_item_fails_that_item(api: Api, name: str, fields: str, field: str) -> None:
    bad = f'{{"user": "{name}", "slug": "film"{", " if fields else ""}{fields}}}'
    good = json.dumps({"user": name, "slug": "film", "at": 7})
    answer = api.post("/", data=f"[{good},{bad},{good}]".encode(), headers=JSON)
    assert answer.status_code == 202, answer.text
    document = answer.json()
    assert (document["accepted"], document["rejected"], document["unsupported"]) == (2, 1, 0)
    (error,) = document["errors"]
    assert error["index"] == 1
    assert error["field"].startswith(field)
    assert error["message"].endswith(".")
    assert api.done(answer)["handled_events"] == 2
    (failure,) = api.get(f"{answer.headers['Location']}/failures").json()["results"]
    assert (failure["index"], failure["step"], failure["code"]) == (1, "validate", error["code"])
    assert_problem(api.post("/", data=bad.encode(), headers=JSON), 400)


@pytest.mark.parametrize("where", ["user", "slug"])
def test_names_have_a_limit_that_is_named(api: Api, where: str) -> None:
    problem = assert_problem(api.post("/", json=GOOD | {where: "x" * 10_000}), 400)
    assert problem["errors"][0]["field"] == where
    assert "255" in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "a\r\nSet-Cookie: b", "\u202eevil\u202c", "<script>alert(1)</script>"]
)
def test_harmful_names_are_data(api: Api, name: str, text: str) -> None:
    user = name + text
    api.done(api.post("/", json=[{"user": user, "slug": text, "at": 3, "id": f"{name}-1", "is_admin": True}]))
    (event,) = api.get("/v1/events", params={"user": user}).json()["results"]
    assert event["data"] == {"user": user, "slug": text, "at": 3, "id": f"{name}-1", "is_admin": True}


def test_too_many_events_are_413(api: Api) -> None:
    assert_problem(api.post("/", json=[GOOD] * 2001), 413)


def test_a_large_body_is_413_however_it_comes(api: Api) -> None:
    large = b'[{"user": "' + b"x" * 11 * 1024 * 1024 + b'"}]'

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 64 * 1024):
            yield large[start : start + 64 * 1024]

    assert_problem(api.post("/", data=gzip.compress(large), headers=JSON | {"Content-Encoding": "gzip"}), 413)
    for body in (large, pieces()):
        try:
            answer = api.post("/", data=body, headers=JSON)
            assert_problem(answer, 413)
            assert answer.headers["Connection"] == "close"
        except OSError:  # the connection was closed while the client was still sending
            api.session.close()


def test_a_body_in_chunks_is_a_body(api: Api, name: str) -> None:
    answer = api.post("/", data=iter([b'[{"user": "', name.encode(), b'", "slug": "film", "at": 4}]']), headers=JSON)
    assert api.done(answer)["handled_events"] == 1
    assert api.get(f"/v1/users/{name}/watch-time").json()["watch_seconds"] == 4


@pytest.mark.parametrize(
    ("encoding", "status"), [("gzip", 400), ("gzip, gzip", 400), ("br", 415), ("deflate", 415), ("identity", 202)]
)
def test_encodings(api: Api, encoding: str, status: int) -> None:
    answer = api.post("/", data=json.dumps(GOOD).encode(), headers=JSON | {"Content-Encoding": encoding})
    assert answer.status_code == status, answer.text


def test_gzip_twice_and_cut_off_gzip_are_400(api: Api) -> None:
    packed = gzip.compress(json.dumps(GOOD).encode())
    for body in (gzip.compress(packed), packed[:-9], zlib.compress(b"x")):
        assert_problem(api.post("/", data=body, headers=JSON | {"Content-Encoding": "gzip"}), 400)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-7",
        "application/json; charset=bz2_codec",
        "application/json; charset=utf-16",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "/",
    ],
)
def test_other_media_types_are_415(api: Api, media_type: str) -> None:
    assert_problem(api.post("/", data=json.dumps(GOOD).encode(), headers={"Content-Type": media_type}), 415)


@pytest.mark.parametrize("media_type", ["application/json; charset=UTF-8", "Application/JSON", "application/x-ndjson"])
def test_media_types_that_are_understood(api: Api, media_type: str) -> None:
    assert api.post("/", data=json.dumps(GOOD).encode(), headers={"Content-Type": media_type}).status_code == 202


def test_no_media_type_is_json(api: Api) -> None:
    connection = http.client.HTTPConnection(api.base_url.removeprefix("http://"))
    connection.request("POST", "/", json.dumps(GOOD).encode())
    assert connection.getresponse().status == 202
    connection.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/events?cursor=' OR 1=1 --", 400),
        ("/v1/events?cursor=bnVsbA==", 400),
        ("/v1/events?since=1;DROP TABLE events", 400),
        ("/v1/events?until=yesterday", 400),
        ("/v1/events?limit=0", 400),
        ("/v1/events?limit=1001", 400),
        ("/v1/events?limit=٣", 400),
        ("/v1/events?type=' OR ''='", 200),
        ("/v1/events?user=%00", 400),
        ("/v1/events/1' OR '1'='1", 404),
        ("/v1/events/00000000-0000-0000-0000-000000000000", 404),
        ("/v1/operations/00000000-0000-0000-0000-000000000000", 404),
        ("/v1/operations/00000000-0000-0000-0000-000000000000/failures", 404),
        ("/v1/operations/x;--", 404),
        ("/v1/watch-time/top", 400),
        ("/v1/watch-time/top?of=events;--", 400),
        ("/v1/watch-time/top?of=movies&cursor=WyJ4Il0=", 400),
        ("/v1/watch-time/top?of=movies&cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTksICJ4Il0=", 400),
        ("/v1/users/' OR 1=1 --/watch-time", 404),
        ("/v1/users/%00/watch-time", 404),
        ("/v1/users/x/movies?cursor=Ilx1MDAwMCI=", 400),
        ("/nowhere", 404),
    ],
)
def test_sql_and_nonsense_in_paths_and_parameters(api: Api, path: str, status: int) -> None:
    answer = api.get(path)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert_problem(answer, status)
    else:
        assert answer.json() == {"results": [], "next": None}


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_idempotency_key_has_1_to_255_printable_characters(api: Api, key: str) -> None:
    assert_problem(api.post("/", json=GOOD, headers={"Idempotency-Key": key}), 400)


def test_others_are_served_while_bodies_trickle_in(api: Api, name: str) -> None:
    host, port = api.base_url.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(12)]
    try:
        for connection in slow:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n[")
        for at in range(20):
            assert api.post("/", json={"user": name, "slug": "film", "at": at}).status_code == 202
            slow[at % len(slow)].sendall(b" ")
    finally:
        for connection in slow:
            connection.close()
    assert_problem(api.post("/", data=b"[ ", headers=JSON), 400)
