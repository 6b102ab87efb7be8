"""`python -m config.stubs --port N`: serve the stub services on loopback."""

import argparse
import signal
import sys

from config.environment import Environment, fraction, seconds
from config.stubs.server import Conduct, Services, StubServer


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m config.stubs", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    environment = Environment()
    conduct = Conduct(
        latency_seconds=environment.read("STUB_LATENCY_SECONDS", seconds(0), 0.0),
        failure_rate=environment.read("STUB_FAILURE_RATE", fraction(), 0.0),
    )
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with StubServer(("127.0.0.1", port), Services(conduct)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
