"""The one place that says when what is stored goes: every table and every Redis key is in this registry.

An app declares its own in a module named `retention`. A test compares the registry with the migrated database and with
the keys that the code writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from events.registry import Registry
from events.retention.pruning import Pruning


@dataclass(frozen=True)
class Kept:
    """A table, or a Redis key.

    Attributes:
        name: of the table, or of the key; `<part>` in a key stands for any text.
        holds: what is in it.
        goes: when that goes, or what bounds it.
        pruning: deletes what is too old; None: somebody else does, or it is bounded.
    """

    name: str
    holds: str
    goes: str
    pruning: Pruning | None = None

    def is_name_of(self, key: str) -> bool:
        """Whether a key that is in Redis is this one."""
        return re.fullmatch(re.sub(r"<\w+>", ".+", re.escape(self.name)), key) is not None


tables: Registry[Kept] = Registry("table", "retention")
redis_keys: Registry[Kept] = Registry("Redis key", "retention")


def table(name: str, *, holds: str, goes: str) -> None:
    """Declares a table whose rows are deleted by whoever works with them, or are bounded in number."""
    tables.add(name, Kept(name, holds, goes))


def pruned_table(pruning: Pruning, *, holds: str, goes: str) -> None:
    """Declares a table whose rows go at an age; `{age}` in `goes` is put in."""
    tables.add(pruning.table, Kept(pruning.table, holds, goes.format(age=pruning.age), pruning))


def redis_key(name: str, *, holds: str, goes: str) -> None:
    """Declares a key, or all keys of a form."""
    redis_keys.add(name, Kept(name, holds, goes))


def prunings() -> list[Pruning]:
    """What deletes old rows, by table. Events come last: what may still become an event holds them."""
    found = [kept.pruning for kept in tables if kept.pruning is not None]
    return sorted(found, key=lambda pruning: (pruning.table == "events", pruning.table))
