"""Where the rules are declared, and found by name and by the event types that they watch."""

from __future__ import annotations

from collections.abc import Callable

from events.registry import Registry
from notifications.activity import Activity, Body
from notifications.rules.base import Rule, Seconds, Session, Timer

rules: Registry[Rule] = Registry("notification rule", "rules")


def timer(
    name: str,
    *,
    trigger: str,
    cancelled_by: tuple[str, ...],
    delay_seconds: Seconds,
    per_item: bool = False,
) -> Callable[[Callable[[Activity], Body]], Callable[[Activity], Body]]:
    """Registers a Timer; the decorated function makes the notification's body out of the trigger."""

    def register(message: Callable[[Activity], Body]) -> Callable[[Activity], Body]:
        rules.add(name, Timer(name, trigger, cancelled_by, delay_seconds, message, per_item))
        return message

    return register


def session(
    name: str, *, starts: str, ends: str, abandoned_by: str, longer_than_seconds: Seconds
) -> Callable[[Callable[[Activity, Activity], Body]], Callable[[Activity, Activity], Body]]:
    """Registers a Session per user and item; the decorated function makes the body out of start and end."""

    def register(message: Callable[[Activity, Activity], Body]) -> Callable[[Activity, Activity], Body]:
        rules.add(name, Session(name, starts, ends, abandoned_by, longer_than_seconds, message))
        return message

    return register


def load() -> None:
    """Imports every rule."""
    rules.load()


def watched_types() -> frozenset[str]:
    """The event types that any rule watches."""
    return frozenset(name for rule in rules for name in rule.watches)
