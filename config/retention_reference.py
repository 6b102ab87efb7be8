"""The tables of docs/retention.md."""

from events.registry import Registry
from events.retention.registry import Kept, redis_keys, tables


def kept_tables() -> str:
    """A Markdown table of PostgreSQL's tables, and one of Redis' keys."""
    return f"{_kept('table', tables)}\n{_kept('Redis key', redis_keys)}"


def _kept(what: str, registry: Registry[Kept]) -> str:
    rows = [f"| `{kept.name}` | {kept.holds} | {kept.goes} |\n" for kept in map(registry.get, registry.keys())]
    return f"| {what} | holds | goes |\n|---|---|---|\n{''.join(rows)}"
