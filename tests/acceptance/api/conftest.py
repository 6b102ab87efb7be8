"""Two running products for all tests of the API: with the fast path for requests that bring events in, and without.

Each test uses users and movies of its own.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until


class Api:
    """A client that knows nothing but HTTP."""

    def __init__(self, base_url: str, *, has_fast_path: bool) -> None:
        self.base_url = base_url
        self.has_fast_path = has_fast_path
        self.session = requests.Session()

    def post(self, path: str, **arguments: Any) -> requests.Response:
        """A POST as `requests` makes it."""
        return self.session.post(self.base_url + path, timeout=30, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        """A GET as `requests` makes it."""
        return self.session.get(self.base_url + path, timeout=40, **arguments)

    def done(self, answer: requests.Response) -> dict[str, Any]:
        """The operation of an accepted batch, once it is done."""
        assert answer.status_code == 202, answer.text
        operation: dict[str, Any] = self.get(answer.headers["Location"], params={"wait": 20}).json()
        assert operation["state"] == "done", operation
        return operation

    def settled(self, answer: requests.Response) -> dict[str, Any]:
        """The event of an accepted single post, once it is no longer pending."""
        assert answer.status_code == 202, answer.text
        path = answer.headers["Location"]

        def event() -> dict[str, Any] | None:
            document: dict[str, Any] = self.get(path).json()
            return document if document["state"] != "pending" else None

        found = wait_until(event, what=f"{path} is settled")
        assert found is not None
        return found


SETTINGS = {"fast path": "config.settings", "views": "tests.support.web.views_only_settings"}


@pytest.fixture(scope="package", params=SETTINGS)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API of a running product."""
    directory: Path = tmp_path_factory.mktemp("api")
    environment = {"MAX_EVENTS_PER_REQUEST": "2000", "DJANGO_SETTINGS_MODULE": SETTINGS[request.param]}
    tidemark = Tidemark(directory / "data", directory / "up", environment)
    try:
        tidemark.wait_until_ready()
        yield Api(tidemark.base_url, has_fast_path=request.param == "fast path")
    finally:
        tidemark.kill_tree()


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"n{uuid.uuid4().hex[:12]}"
