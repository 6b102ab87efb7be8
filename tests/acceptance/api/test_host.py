"""A Host that the server does not respond to."""

import pytest

from tests.acceptance.api.conftest import Api


@pytest.mark.parametrize("path", ["/healthz", "/", "/v1/events", "/event_collector", "/admin/"])
def test_a_wrong_host_is_400_and_named_with_the_setting(api: Api, path: str) -> None:
    answer = api.get(path, headers={"Host": "evil.example:8000"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "wrong_host"
    assert "'evil.example:8000'" in answer.json()["detail"]
    assert "ALLOWED_HOSTS" in answer.json()["detail"]
