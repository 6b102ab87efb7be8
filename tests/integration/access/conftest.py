"""What the tests of access share."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from events.access.principals import principals


@pytest.fixture(autouse=True)
def nothing_is_known() -> Iterator[None]:
    """Keys of other tests are forgotten."""
    principals.forget()
    yield
    principals.forget()


@pytest.fixture
def closed(settings: LazySettings) -> LazySettings:
    """The door is closed."""
    settings.REQUIRE_API_KEY = True
    return settings
