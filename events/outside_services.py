"""Services outside of the product, whose addresses settings name; what is not named holds something up.

Each app registers its own in a module `outside`, found by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from events.counted_log import CountedLog
from events.registry import Registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutsideService:
    """One of them.

    Attributes:
        setting: the setting that names its address.
        is_set: whether it is named, or not needed.
        meanwhile: what waits as long as it is not, as a clause: "notifications wait".
    """

    setting: str
    is_set: Callable[[], bool]
    meanwhile: str

    def __str__(self) -> str:
        return f"{self.setting} is not set: {self.meanwhile}"


outside_services: Registry[OutsideService] = Registry("outside service", "outside")

#: What has to wait for services that are not named.
waiting_log = CountedLog(
    logger,
    first="Something waits for an outside service.",
    again="More waits for outside services.",
    action="wait",
    what="service",
)


def add_outside_service(setting: str, *, is_set: Callable[[], bool], meanwhile: str) -> None:
    """Registers a service by the name of its setting."""
    outside_services.add(setting, OutsideService(setting, is_set, meanwhile))


def not_set(setting: str) -> str | None:
    """Why the setting's service can't be asked; None if it can."""
    return None if outside_services.get(setting).is_set() else f"{setting} is not set"


def unset_services() -> list[OutsideService]:
    """The services that are not named."""
    return [service for service in outside_services if not service.is_set()]


def report_unset_services() -> None:
    """One line in the log that names them, if there are any."""
    unset = unset_services()
    if unset:
        logger.warning(
            "Outside services are not set. %s.",
            "; ".join(map(str, unset)),
            extra={"action": "unset_services", "settings": [service.setting for service in unset]},
        )
