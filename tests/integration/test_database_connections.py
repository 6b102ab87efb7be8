"""Connections are kept from request to request and from task to task, until they break."""

from __future__ import annotations

import psycopg2
import pytest
from celery.signals import task_prerun
from django.db import close_old_connections, connection

from events.database import execute, fetch_one
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    """The server process behind this connection."""
    row = fetch_one("SELECT pg_backend_pid()")
    assert row is not None
    return int(row[0])


def test_a_connection_that_works_is_kept() -> None:
    before = backend()
    close_old_connections()
    assert backend() == before


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    before = backend()
    other = psycopg2.connect(**connection.get_connection_params())
    other.cursor().execute("SELECT pg_terminate_backend(%s)", [before])
    other.close()
    wait_until(lambda: not connection.is_usable(), what="the end of the connection has arrived")

    close_old_connections()

    assert backend() != before


def test_a_task_keeps_the_connection_of_the_one_before() -> None:
    before = backend()
    task_prerun.send(sender=None)
    assert backend() == before


def test_a_failed_statement_does_not_cost_the_connection() -> None:
    before = backend()
    with pytest.raises(Exception, match="division by zero"):
        execute("SELECT 1 / 0")
    close_old_connections()
    assert backend() == before
