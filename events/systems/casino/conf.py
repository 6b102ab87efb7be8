"""Where exchange rates come from."""

from __future__ import annotations

from events.settings.kinds import secret, url
from events.settings.setting import AppSettings, Setting


class CasinoSettings(AppSettings):
    group = "Casino"

    EXCHANGE_RATES_URL = Setting(
        url("http", "https", example="https://host/latest"),
        None,
        'the exchange-rate service, asked with `?base=USD&symbols=EUR`, which returns `{"rates": {"EUR": 0.936}, …}`',
        default_in_words="the stub under `manage.py up`; else events in other currencies wait",
    )
    EXCHANGE_RATES_API_KEY = Setting(
        secret("any text"),
        None,
        "sent to that service in the header `apikey`",
        default_in_words="no header",
    )


conf = CasinoSettings()
