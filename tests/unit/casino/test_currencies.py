"""Amounts: digits, conversion, words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.systems.casino.currencies import digits_of, in_eur_cents, in_words, known_currencies


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("BTC", 8)])
def test_each_currency_has_its_own_digits(currency: str, digits: int) -> None:
    assert digits_of(currency) == digits
    assert currency in known_currencies()


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "expected"),
    [
        (500, "USD", "0.936", 468),
        (1, "BTC", "60840", 0),
        (100_000_000, "BTC", "60840.125", 6_084_013),  # half a cent is rounded up
        (1, "USD", "0.5", 1),
        (3, "USD", "0.5", 2),
        (1, "USD", "0.4999999999", 0),
        (1000, "JPY", "0.0062", 620),
        (2**63 - 1, "EUR", "1", 2**63 - 1),
    ],
)
def test_conversion_is_exact_and_rounds_half_up(amount: int, currency: str, rate: str, expected: int) -> None:
    assert in_eur_cents(amount, currency, Decimal(rate)) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (500, "USD", "5 USD"),
        (468, "EUR", "4.68 EUR"),
        (460, "EUR", "4.60 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0 EUR"),
        (500, "JPY", "500 JPY"),
        (1, "BTC", "0.00000001 BTC"),
        (150_000_000, "BTC", "1.50000000 BTC"),
        (1234, "KWD", "1.234 KWD"),
    ],
)
def test_whole_amounts_have_no_decimals_and_others_the_currencys_own(amount: int, currency: str, words: str) -> None:
    assert in_words(amount, currency) == words


@given(st.integers(0, 2**63 - 1), st.sampled_from(sorted(known_currencies())))
def test_words_lose_nothing_of_an_amount(amount: int, currency: str) -> None:
    number, code = in_words(amount, currency).split()
    assert code == currency
    assert Decimal(number).scaleb(digits_of(currency)) == amount
