"""A thread that goes on whatever its function raises."""

import threading

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from events import repeating_thread
from events.database import fetch_all
from events.repeating_thread import RepeatingThread
from tests.support.processes.waiting import wait_until


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating_thread, "PAUSE_AFTER_FAILURE_SECONDS", 0.001)


@pytest.mark.parametrize("error", [DatabaseError, OperationalError, InterfaceError, KeyError, RecursionError])
def test_no_exception_ends_it(error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    raised: list[Exception] = []
    went_on = threading.Event()

    def run() -> float:
        if len(raised) < 3:
            raised.append(error("broken"))
            raise raised[-1]
        went_on.set()
        return 0.01

    thread = RepeatingThread("test-thread", run)
    thread.start()
    assert went_on.wait(30)
    thread.stop()
    thread.join(30)
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert logged == raised


@pytest.mark.django_db(transaction=True)
def test_after_an_error_the_next_run_has_a_new_database_connection() -> None:
    backends: list[int] = []

    def run() -> float:
        ((backend,),) = fetch_all("SELECT pg_backend_pid()")
        backends.append(backend)
        if len(backends) == 2:
            connection.connection.close()  # under its feet: Django raises InterfaceError from now on
            fetch_all("SELECT 1")
        return 0.001

    thread = RepeatingThread("test-thread", run)
    thread.start()
    wait_until(lambda: len(backends) >= 4, what="it goes on")
    thread.stop()
    thread.join(30)
    first, second, third, fourth, *_ = backends
    assert first == second != third == fourth


def test_once_stopped_it_begins_no_other_run() -> None:
    runs: list[int] = []

    def run() -> float:
        runs.append(len(runs))
        thread.stop()
        return 0.0

    thread = RepeatingThread("test-thread", run)
    thread.start()
    thread.join(30)
    assert runs == [0]


def test_stopping_ends_a_pause() -> None:
    running = threading.Event()

    def run() -> float:
        running.set()
        return 3600.0

    thread = RepeatingThread("test-thread", run)
    thread.start()
    assert running.wait(30)
    thread.stop()
    assert thread.join(30)
