"""What the tests of concurrency share."""

from collections.abc import Iterator

import pytest

from tests.integration.concurrency.gate import Gate


@pytest.fixture
def gate(transactional_db: None) -> Iterator[Gate]:
    """Holds a lock that threads come to wait for."""
    made = Gate()
    yield made
    made.close()
