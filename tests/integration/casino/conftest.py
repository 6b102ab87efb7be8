"""What the tests of the casino share."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from events.systems.casino.enrichers.currency import AddEuros, ExchangeRates
from tests.integration.publishing.conftest import memory, redis_away  # noqa: F401 (fixtures)
from tests.support.outside_service import OutsideService, serve


@pytest.fixture
def rate_service(settings: Settings, memory: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[OutsideService]:  # noqa: F811
    """The exchange-rate service, asked by `?base=`; no rate is known yet."""
    with serve(OutsideService()) as service:
        settings.EXCHANGE_RATES_URL = service.template.partition("?")[0]
        # Nothing of what an earlier test has done to the service.
        monkeypatch.setattr(AddEuros, "source", ExchangeRates())
        yield service
