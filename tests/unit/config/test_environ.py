from types import SimpleNamespace
from typing import Any

from config.web.environ import environ_of, meta_of


class Headers:
    def __init__(self, *items: tuple[str, str]) -> None:
        self._items = items

    def items(self) -> tuple[tuple[str, str], ...]:
        return self._items


def scope(path: str = "/", *headers: tuple[str, str]) -> Any:
    return SimpleNamespace(
        method="POST",
        path=path,
        query_string="a=%20",
        server="[::1]:8000",
        client="10.1.2.3:5000",
        scheme="http",
        http_version="1.1",
        headers=Headers(*headers),
    )


def test_a_path_is_decoded_as_wsgi_wants_it() -> None:
    path = "/v1/users/a ü%41/x"
    assert environ_of(scope(path), {}, b"")["PATH_INFO"] == path.encode().decode("latin-1")


def test_headers_get_their_names_and_repeated_ones_are_joined() -> None:
    request = scope(
        "/",
        ("content-type", "application/json"),
        ("content-length", "2"),
        ("accept", "a"),
        ("accept", "b"),
        ("cookie", "c=1"),
        ("cookie", "d=2"),
    )
    environ = environ_of(request, meta_of(request), b"{}")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("application/json", "2")
    assert (environ["HTTP_ACCEPT"], environ["HTTP_COOKIE"]) == ("a,b", "c=1; d=2")
    assert environ["wsgi.input"].read() == b"{}"
    assert (environ["REMOTE_ADDR"], environ["QUERY_STRING"], environ["SERVER_PORT"]) == ("10.1.2.3", "a=%20", "8000")


def test_a_header_with_an_underscore_can_not_pass_for_another() -> None:
    assert meta_of(scope("/", ("x_forwarded_proto", "https"))) == meta_of(scope())
