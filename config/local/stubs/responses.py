"""What the look-up services answer: the same for the same question, always."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

REGIONS = ("Ahal", "Ashgabat", "Balkan", "Dashoguz", "Lebap", "Mary")
"""The provinces of Turkmenistan and its capital."""

MODELS = {
    "ios": ("iPhone16 Pro Max", "iPhone15", "iPhone SE"),
    "android": ("Pixel 9 Pro", "Galaxy S24", "Xperia 1 VI"),
    "tv": ("Bravia XR", "OLED C4", "Apple TV 4K"),
    "web": ("Firefox", "Chrome", "Safari"),
}

USD_PER_UNIT = {
    "USD": Decimal(1),
    "EUR": Decimal(1) / Decimal("0.936"),
    "GBP": Decimal("1.27"),
    "NZD": Decimal("0.61"),
    "AUD": Decimal("0.66"),
    "CAD": Decimal("0.73"),
    "CHF": Decimal("1.13"),
    "JPY": Decimal("0.0067"),
    "TMT": Decimal("0.2857"),
    "BTC": Decimal(65000),
    "ETH": Decimal(3200),
}
"""What one unit of a currency is worth; 1 USD = 0.936 EUR."""


def region(user_id: str) -> dict[str, str]:
    """The region a user lives in."""
    return {"region": REGIONS[_number_of(user_id) % len(REGIONS)]}


def model(device_type: str) -> dict[str, str]:
    """A device model of a device type."""
    family = next((models for name, models in MODELS.items() if name in device_type.lower()), MODELS["ios"])
    return {"model": family[_number_of(device_type) % len(family)]}


def rates(base: str, symbols: list[str]) -> dict[str, Any] | None:
    """What one unit of `base` costs in each of `symbols` (all, if none is named); None for an unknown base."""
    if base not in USD_PER_UNIT:
        return None
    wanted = [symbol for symbol in symbols if symbol in USD_PER_UNIT] if symbols else list(USD_PER_UNIT)
    # Nine significant digits, so that tiny units such as JPY in BTC do not become nothing.
    quotes = {symbol: float(f"{USD_PER_UNIT[base] / USD_PER_UNIT[symbol]:.9g}") for symbol in wanted}
    return {"base": base, "date": datetime.now(UTC).date().isoformat(), "rates": quotes}


def _number_of(text: str) -> int:
    """A number that depends on the text alone; Python's hash() differs between processes."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
