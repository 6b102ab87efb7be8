"""What is raised when there is no connection to PostgreSQL, and how to find out beforehand."""

from collections.abc import Mapping
from typing import Any

import psycopg2
from django.db import OperationalError


class DatabaseUnreachable(OperationalError):
    """PostgreSQL refuses connections, is not there, or does not take what DATABASE_URL says."""

    def __init__(self, reason: object) -> None:
        # libpq names each address that it tried in a line of its own, and indents what it adds.
        lines = [line for line in str(reason).splitlines() if line and not line[0].isspace()]
        last = lines[-1].strip() if lines else "no reason given"
        super().__init__(f"PostgreSQL cannot be used: {last}. Start it, or correct DATABASE_URL.")


def check_connection(database: Mapping[str, Any]) -> None:
    """Raise DatabaseUnreachable unless the PostgreSQL of these Django settings takes a connection."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    address = {name: database[key] for key, name in names.items() if database.get(key)}
    try:
        psycopg2.connect(**address, **database["OPTIONS"]).close()
    except psycopg2.Error as error:
        raise DatabaseUnreachable(error) from error
