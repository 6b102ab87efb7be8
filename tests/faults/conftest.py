"""What the fault tests share: a product with short leases, and a seed that is printed."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.product import Product
from tests.support.processes.tidemark import Tidemark

#: Leases and pauses as short as they may be, so that recovery takes seconds; what is shown does not depend on it.
QUICK = {"LEASE_SECONDS": "1", "SWEEP_GRACE_SECONDS": "1", "EVENT_LOG": "off", "WORK_CONCURRENCY": "4"}


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Chance that can be repeated: TIDEMARK_SEED sets the seed, which is printed."""
    seed = int(os.environ.get("TIDEMARK_SEED") or random.SystemRandom().randrange(2**32))
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{request.node.name}: TIDEMARK_SEED={seed}", file=sys.stderr)
    return random.Random(seed)


@pytest.fixture
def start_product(start_tidemark: Callable[..., Tidemark], tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """`start_product(**environment)` starts `manage.py up` with the poisonous event type; again, on the same data."""
    harm = tmp_path / "harm"
    harm.mkdir()
    harm.chmod(0o777)
    environment = QUICK | {"EXTRA_EVENT_TYPES": "tests.faults.poison", "FAULTS_DIRECTORY": str(harm)}
    made: list[Product] = []

    def start(**variables: str) -> Product:
        made.append(Product(start_tidemark(environment=environment | variables), harm))
        return made[-1]

    yield start
    for product in made:
        product.close()
