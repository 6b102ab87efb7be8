"""What every response tells browsers, whichever way it came about, and what it does not tell about the server."""

import socket

import pytest
import requests

from tests.acceptance.api.conftest import Api

BEAT = '{"user": "ann", "slug": "x", "at": 1}'


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/healthz", None, 200),
        ("POST", "/", BEAT, 202),
        ("POST", "/", "{", 400),
        ("GET", "/v1/nowhere", None, 404),
        ("GET", "/static/config/icon.svg", None, 200),
        ("GET", "/admin/", None, 302),
    ],
)
def test_browsers_are_told_to_be_careful_and_nobody_is_told_a_version(
    api: Api, method: str, path: str, body: str | None, status: int
) -> None:
    answer = requests.request(method, api.base_url + path, data=body, allow_redirects=False, timeout=30)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Server"] == "granian"
    assert "X-Powered-By" not in answer.headers


def test_a_body_that_breaks_off_gets_the_same_headers(api: Api) -> None:
    host, port = api.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno chunk")
        head = connection.recv(10_000).decode().lower()
    assert head.startswith("http/1.1 400 ")
    assert "\r\nx-content-type-options: nosniff\r\n" in head
    assert "\r\nreferrer-policy: same-origin\r\n" in head
