"""One folder a producer, each a Django app: its event types, enrichers, live statistics, models, routes and commands.

The engine, everything else in `events`, imports none of them. docs/howto/add_system.md says what a folder may hold.
"""

import pkgutil


def names() -> list[str]:
    """The dotted names of all systems, for INSTALLED_APPS."""
    return sorted(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__) if module.ispkg)
