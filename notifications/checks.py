"""Django system checks: the rules and the event types must fit together before anything runs."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from events.types.registry import event_types
from notifications.rules.registry import rules


@register()
def check_rules(**_: Any) -> list[CheckMessage]:
    """Every event type that a rule watches is declared, and, for a rule about items, says what its item is."""
    messages: list[CheckMessage] = []
    for rule in rules:
        for name in rule.watches:
            declared = event_types.find(name)
            if declared is None:
                problem = f"watches {name!r}, which is no event type; there are: {', '.join(event_types.keys())}."
            elif rule.per_item and declared.item is None:
                problem = f"is about items, and {name!r}, which it watches, declares none."
            else:
                continue
            messages.append(Error(f"The notification rule {rule.name!r} {problem}", id="notifications.E001"))
    return messages
