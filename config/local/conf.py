"""The settings of what runs on a machine of one's own: `up`, embedded servers and stub services."""

from pathlib import Path

from events.settings.kinds import fraction, seconds, secret, text
from events.settings.setting import AppSettings, Setting

DEFAULT_DATA_DIR = Path(__file__).resolve().parents[2] / ".tidemark"


class LocalSettings(AppSettings):
    group = "`manage.py up` and stub services"

    TIDEMARK_DATA_DIR = Setting(
        text("a directory"),
        str(DEFAULT_DATA_DIR),
        "data directory of the embedded servers; the option `--data-dir` of `manage.py up` goes first",
        default_in_words="`.tidemark` beside `manage.py`",
    )
    ADS_OUTPUT = Setting(
        text("a directory"),
        None,
        "directory in which `manage.py up` keeps the ad files current with `collect_ads`",
        default_in_words="none",
    )
    TIDEMARK_API_KEY = Setting(
        secret("an API key with the scope `ingest`"),
        None,
        "sent by `manage.py generate`",
        default_in_words="none",
    )
    STUB_LATENCY_SECONDS = Setting(seconds(0), 0.0, "seconds that the stub services take for a response")
    STUB_FAILURE_RATE = Setting(fraction(), 0.0, "share of calls to the stub services that get a 503")


conf = LocalSettings()
