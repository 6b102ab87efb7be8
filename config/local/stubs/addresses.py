"""Where the stubs serve which outside service, and how the product is told."""

import socket
from collections.abc import Mapping

SERVICE_PATHS = {
    "REGION_URL": "/regions?user_id={user_id}",
    "MODEL_URL": "/models?device_type={device_type}",
    "EXCHANGE_RATES_URL": "/rates",
    "NOTIFY_URL": "/v1/notify",
}
"""The variable that names a service's address, and its path among the stubs."""


def free_port_if_needed(variables: Mapping[str, str]) -> int | None:
    """A loopback port that nobody listens on at the moment; None when every outside service is given."""
    if all(variables.get(name) for name in SERVICE_PATHS):
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def addresses(host: str, port: int) -> dict[str, str]:
    """The variables of all outside services, for stubs that listen there."""
    return {name: f"http://{host}:{port}{path}" for name, path in SERVICE_PATHS.items()}


def stub_addresses(variables: Mapping[str, str], *, port: int | None) -> dict[str, str]:
    """The variables of the services that are not given."""
    known = {} if port is None else addresses("127.0.0.1", port)
    return {name: url for name, url in known.items() if not variables.get(name)}
