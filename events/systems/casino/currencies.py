"""Currencies: which there are, how many digits each has after the point, and amounts of them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache

from babel.numbers import get_currency_precision, list_currencies

#: What ISO 4217 does not list: digits after the point, as the coins' makers define them.
CRYPTO_DIGITS: dict[str, int] = {
    "ADA": 6,
    "BCH": 8,
    "BNB": 18,
    "BTC": 8,
    "DOGE": 8,
    "DOT": 10,
    "ETH": 18,
    "LTC": 8,
    "SOL": 9,
    "TRX": 6,
    "USDC": 6,
    "USDT": 6,
    "XMR": 12,
    "XRP": 6,
}
EURO = "EUR"
CENTS_PER_EURO = 100


@cache
def known_currencies() -> frozenset[str]:
    """The codes of all currencies: those of Unicode's CLDR, which has those of ISO 4217, and ours."""
    return frozenset(list_currencies()) | CRYPTO_DIGITS.keys()


@cache
def digits_of(currency: str) -> int:
    """Digits after the point: 2 for EUR, 0 for JPY, 8 for BTC."""
    return CRYPTO_DIGITS[currency] if currency in CRYPTO_DIGITS else get_currency_precision(currency)


def in_eur_cents(amount: int, currency: str, rate: Decimal) -> int:
    """What an amount of the currency's smallest unit is in EUR cents, rounded half up.

    Args:
        rate: EUR for one (whole) unit of the currency.
    """
    with localcontext(prec=100):  # no digit is lost before the one rounding
        euros = Decimal(amount).scaleb(-digits_of(currency)) * rate
        return int((euros * CENTS_PER_EURO).to_integral_value(ROUND_HALF_UP))


def in_words(amount: int, currency: str) -> str:
    """An amount of the smallest unit with its currency: `5 USD`, `4.68 EUR`, `0.00000001 BTC`."""
    digits = digits_of(currency)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}d} {currency}" if rest else f"{whole} {currency}"
