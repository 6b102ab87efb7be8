"""`python -m config.embedded --data-dir DIR postgres valkey`: host these servers while somebody uses DIR."""

import argparse
import logging
import sys

from config.embedded.data_directory import DataDirectory
from config.embedded.host import Host
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

SERVERS = {Postgres.name: Postgres, Valkey.name: Valkey}


def main() -> int:
    """Read the command line and run the host."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("servers", nargs="+", choices=sorted(SERVERS))
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    directory = DataDirectory.at(arguments.data_dir)
    return Host(directory, [SERVERS[name](directory) for name in arguments.servers]).run()


if __name__ == "__main__":
    sys.exit(main())
