"""An ENRICH_CLIENT that can't be used is found before anything runs."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


class HalfAClient:
    def get_region(self, user_id: str) -> None:
        """It has no `get_model`."""


@pytest.mark.parametrize(
    ("client", "found"),
    [
        (None, []),
        ("events.systems.playback.client.HttpEnrichClient", []),
        ("tests.unit.playback.no_such_module.Client", [("playback.E001", "can't be imported")]),
        ("tests.unit.playback.test_checks.HalfAClient", [("playback.E002", "has no get_model")]),
    ],
)
def test_the_client_must_be_there_and_have_both_methods(
    settings: Settings, client: str | None, found: list[tuple[str, str]]
) -> None:
    settings.ENRICH_CLIENT = client
    messages = [message for message in run_checks() if "ENRICH_CLIENT" in message.msg]
    assert [message.id for message in messages] == [code for code, _ in found]
    assert all(part in message.msg for message, (_, part) in zip(messages, found, strict=True))
