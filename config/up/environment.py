"""The environment of the processes that `up` starts."""

from collections.abc import Mapping
from pathlib import Path

from config.up.leftovers import MARK

SERVICE_PATHS = {
    "REGION_URL": "/regions?user_id={user_id}",
    "MODEL_URL": "/models?device_type={device_type}",
    "EXCHANGE_RATES_URL": "/rates",
    "NOTIFY_URL": "/v1/notify",
}
"""The outside services and where the stubs serve them."""


def needs_stubs(variables: Mapping[str, str]) -> bool:
    """Whether any outside service is not given."""
    return not all(variables.get(name) for name in SERVICE_PATHS)


def child_environment(variables: Mapping[str, str], *, data_directory: Path, stub_port: int | None) -> dict[str, str]:
    """`variables`, with the stubs' addresses for services that are not given."""
    environment = {
        # Threads that allocate from arenas of their own would cost tens of megabytes a process.
        "MALLOC_ARENA_MAX": "2",
        "LOG_STYLE": "text",
        **variables,
        "TIDEMARK_DATA_DIR": str(data_directory),
        MARK: str(data_directory),
    }
    for name, path in SERVICE_PATHS.items():
        if stub_port is not None and not environment.get(name):
            environment[name] = f"http://127.0.0.1:{stub_port}{path}"
    return environment
