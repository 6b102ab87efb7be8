"""Adds what an amount is in EUR."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from events.clock import utc_now
from events.enrichment.enricher import CannotEnrich, Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.failures import LookupFailed
from events.enrichment.lookups.http import HttpClient
from events.enrichment.lookups.service import Service
from events.enrichment.lookups.source import Found, Unknown
from events.systems.casino.conf import conf
from events.systems.casino.currencies import EURO, in_eur_cents

#: Seconds for which a rate may be used.
RATE_SECONDS = 60.0
#: A rate beyond it is a mistake of the service: EUR for one unit.
HIGHEST_RATE = 10**12


class ExchangeRates(Service):
    """Knows what a currency is worth: `{"rate", "date", "fetched_at"}`, the rate as decimal text, EUR for one unit."""

    name = "exchange_rates"
    setting = "EXCHANGE_RATES_URL"
    hit_seconds = RATE_SECONDS
    unknown_seconds = RATE_SECONDS

    def call(self, key: str) -> Found | Unknown:
        """Asks for the rate of a currency; one the service does not know, or has no EUR for, is unknown."""
        url = str(conf.EXCHANGE_RATES_URL)
        query = urlencode({"base": key, "symbols": EURO})
        document = self._client.get_json(f"{url}{'&' if '?' in url else '?'}{query}")
        return Unknown() if document is None else _rate_in(document, fetched_at=utc_now())

    @cached_property
    def _client(self) -> HttpClient:
        headers = {"apikey": conf.EXCHANGE_RATES_API_KEY} if conf.EXCHANGE_RATES_API_KEY else None
        return HttpClient("the exchange-rate service", conf.EXCHANGE_RATES_URL or "", headers)


def _rate_in(document: Any, *, fetched_at: datetime) -> Found | Unknown:
    rates = document.get("rates") if isinstance(document, dict) else None
    if not isinstance(rates, dict):
        raise LookupFailed(f"the exchange-rate service answered {document!r:.80}; an object with `rates` was expected")
    if EURO not in rates:
        return Unknown()
    try:
        rate = Decimal(str(rates[EURO]))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not (rate.is_finite() and 0 < rate < HIGHEST_RATE):
        raise LookupFailed(f"the exchange-rate service answered the rate {rates[EURO]!r:.80}; a number was expected")
    date = str(document.get("date") or "")[:40]
    return Found({"rate": str(rate), "date": date, "fetched_at": fetched_at.isoformat()})


class AddEuros(Enricher):
    """`amount_eur` in EUR cents, and `exchange_rate` unless the amount is in EUR."""

    name = "currency"
    required = True
    source = ExchangeRates()
    kept_apart = ("exchange_rate",)

    def key_of(self, event: EventToEnrich) -> str | None:
        """The currency, unless it is EUR or there is no amount."""
        currency = event.data.get("currency")
        return None if currency in (EURO, None) else str(currency)

    def fields(self, event: EventToEnrich, result: Found | Unknown | None) -> Mapping[str, object]:
        """The amount, converted; raises CannotEnrich for a currency that the service does not know."""
        amount: int = event.data.get("amount", 0)
        if result is None:
            return {"amount_eur": amount}
        currency = str(event.data["currency"])
        if isinstance(result, Unknown):
            raise CannotEnrich(
                "unknown_currency",
                f"currency is {currency}, for which the exchange-rate service has no rate in EUR; replay the event "
                "once it has.",
                field="currency",
            )
        return {
            "amount_eur": in_eur_cents(amount, currency, Decimal(result.value["rate"])),
            "exchange_rate": result.value,
        }


enrichers.add(AddEuros.name, AddEuros())
