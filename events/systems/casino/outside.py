"""The service that knows exchange rates."""

from __future__ import annotations

from events.outside_services import add_outside_service
from events.systems.casino.conf import conf

add_outside_service(
    "EXCHANGE_RATES_URL",
    is_set=lambda: bool(conf.EXCHANGE_RATES_URL),
    meanwhile="bets and deposits in other currencies than EUR wait",
)
