"""The services that know regions and models."""

from __future__ import annotations

from events.outside_services import add_outside_service
from events.systems.playback.conf import conf

_MEANWHILE = "playback events go on without the field {field}, which is filled in once it is set"

add_outside_service(
    "REGION_URL",
    is_set=lambda: bool(conf.REGION_URL or conf.ENRICH_CLIENT),
    meanwhile=_MEANWHILE.format(field="region"),
)
add_outside_service(
    "MODEL_URL",
    is_set=lambda: bool(conf.MODEL_URL or conf.ENRICH_CLIENT),
    meanwhile=_MEANWHILE.format(field="model"),
)
