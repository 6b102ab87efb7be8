"""What several folders of integration tests share."""

from collections.abc import Iterator

import pytest

from tests.support.web.in_process import WebProcess


@pytest.fixture
def web(transactional_db: None) -> Iterator[WebProcess]:
    """The web application, whose threads have database connections of their own."""
    with WebProcess() as made:
        yield made
