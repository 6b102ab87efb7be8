"""Where the rules are found by name, and by the event types that they watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.registry import Registry

if TYPE_CHECKING:
    from notifications.rules.base import Rule

rules: Registry[Rule] = Registry("notification rule", "notifications.rules")


def load() -> None:
    """Imports every rule."""
    rules.load()


def watched_types() -> frozenset[str]:
    """The event types that any rule watches."""
    return frozenset(name for rule in rules for name in rule.watches)
