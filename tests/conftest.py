"""What every test has: servers, and a whole product to start."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest

from tests.support.processes.tidemark import Tidemark
from tests.support.session import SessionServers

# In the background of a shell Ctrl-C is ignored, and so it would be by the programs that tests send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# At import, since Django's settings follow from the environment and are read from now on.
SERVERS = SessionServers()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before the first test, and Django, whose settings are known only now."""
    SERVERS.start()
    django.setup()
    if config.getoption("dist", "no") != "no":
        # pytest-xdist's workers inherit this process' environment. With the variable in it, pytest-django would
        # read the settings there before this file has given the worker a Redis database of its own.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    """Leave no server behind."""
    SERVERS.stop()


@pytest.fixture(autouse=True)
def no_signal_handler_is_left() -> Iterator[None]:
    """Fails a test that leaves another handler of Ctrl-C or SIGTERM behind: the tests after it would run with it."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.fixture
def start_tidemark(tmp_path: Path) -> Iterator[Callable[..., Tidemark]]:
    """Starts `manage.py up` and waits until it is ready.

    `start_tidemark(data_dir=…, environment={…}, arguments=[…], ready=True)`; without a data directory all
    of a test's share one. Whatever still runs at the test's end is killed, and what they printed is shown
    if the test failed.
    """
    started: list[Tidemark] = []

    def start(
        *,
        data_dir: Path | None = None,
        environment: dict[str, str] | None = None,
        arguments: tuple[str, ...] = (),
        ready: bool = True,
    ) -> Tidemark:
        log = tmp_path / f"up-{len(started)}"
        tidemark = Tidemark(data_dir or tmp_path / "data", log, environment or {}, arguments)
        started.append(tidemark)
        if ready:
            tidemark.wait_until_ready()
        return tidemark

    yield start
    for tidemark in started:
        tidemark.kill_tree()
        print(f"--- {tidemark} printed:\n{tidemark.stderr()}\n--- and its event log:\n{tidemark.stdout()[-5000:]}")
