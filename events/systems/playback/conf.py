"""Where the region and the model of playback events come from."""

from __future__ import annotations

from events.settings.kinds import dotted_path, url
from events.settings.setting import AppSettings, Setting


class PlaybackSettings(AppSettings):
    group = "Playback"

    REGION_URL = Setting(
        url("http", "https", example="https://host/regions?user_id={user_id}", placeholder="{user_id}"),
        None,
        'the region service, which returns `{"region": "Lebap"}`, or 404 for an unknown user',
        default_in_words="the stub under `manage.py up`; else regions are missing",
    )
    MODEL_URL = Setting(
        url("http", "https", example="https://host/models?device_type={device_type}", placeholder="{device_type}"),
        None,
        'the model service, which returns `{"model": "iPhone16 Pro Max"}`, or 404 for an unknown device type',
        default_in_words="the stub under `manage.py up`; else models are missing",
    )
    ENRICH_CLIENT = Setting(
        dotted_path(),
        None,
        "class with `get_region(user_id)` and `get_model(device_type)`, for services that do not speak HTTP",
        default_in_words="the HTTP client",
    )


conf = PlaybackSettings()
