"""Where the time goes: processor seconds of each part of the product, which noise of the machine hardly touches."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

import psutil

#: What a part's processes have in their command lines; the first that fits. Descendants belong to the same part.
_PARTS = {
    "web": "granian",
    "control": "--queues control",
    "enrich": "--queues enrich",
    "work": "--queues work",
    "notify": "--queues notify",
    "beat": " beat ",
    "stubs": "config.local.stubs",
    "postgres": "bin/postgres",
    "valkey": "valkey-server",
}


#: Seconds by part.
Spent: TypeAlias = dict[str, float]


def processor_seconds(root: int) -> Spent:
    """Seconds so far of the process `root` and its descendants, by part; ended processes count with their parents."""
    seconds: Spent = defaultdict(float)
    _add(psutil.Process(root), "up", seconds)
    return seconds


def _add(process: psutil.Process, part: str, seconds: Spent) -> None:
    try:
        command = " ".join(process.cmdline())
        times, children = process.cpu_times(), process.children()
    except psutil.NoSuchProcess:
        return
    part = next((name for name, words in _PARTS.items() if words in command), part)
    seconds[part] += times.user + times.system + times.children_user + times.children_system
    for child in children:
        _add(child, part, seconds)


def per_event(before: Spent, after: Spent, events: int) -> Spent:
    """Microseconds of each part for an event, most first; parts that did next to nothing are left out."""
    spent = {part: (after[part] - before.get(part, 0.0)) * 1e6 / events for part in after}
    most_first = sorted(spent.items(), key=lambda item: -item[1])
    return {part: cost for part, cost in most_first if cost >= 0.5}


def in_words(cost: Spent) -> str:
    """One line of it."""
    parts = ", ".join(f"{part} {microseconds:.0f}" for part, microseconds in cost.items())
    return f"processor µs an event: {sum(cost.values()):.0f} ({parts})"
