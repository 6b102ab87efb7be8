"""What the tests of the pipeline share."""

from collections.abc import Iterator

import pytest

from events.projections import projections
from tests.integration.pipeline.saboteur import Saboteur


@pytest.fixture
def saboteur(transactional_db: None) -> Iterator[Saboteur]:
    """A projection that fails for the events of certain users, after all others have done their work."""
    made = Saboteur()
    projections.add("saboteur", made)
    yield made
    projections.remove("saboteur")
