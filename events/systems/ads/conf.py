"""How the ad validator works."""

from __future__ import annotations

from events.settings.kinds import integer
from events.settings.setting import AppSettings, Setting


class AdsSettings(AppSettings):
    group = "Ads"

    AD_VALIDATOR_MEMORY_MB = Setting(
        integer(64),
        256,
        "megabytes that the validator of ad files may use; what does not fit goes to files in `$TMPDIR`",
    )


conf = AdsSettings()
