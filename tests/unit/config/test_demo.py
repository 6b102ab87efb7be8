"""`manage.py demo`: what it prints at its end."""

import os
import signal
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import requests
from django.core.management import call_command
from rich.console import Console
from rich.progress import Progress

from config.management.commands import demo
from events.demonstration.api import Api

Run = Callable[[Api, Console], None]
Show = Callable[..., None]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Runs the command with these demonstrations instead of those of the systems."""
    handler = signal.getsignal(signal.SIGTERM)

    def show(*demos: Run) -> None:
        monkeypatch.setattr(demo, "_demos", lambda: [SimpleNamespace(TITLE=run.__name__, run=run) for run in demos])
        call_command("demo", "http://127.0.0.1:1")

    yield show
    signal.signal(signal.SIGTERM, handler)


def good(_api: Api, console: Console) -> None:
    console.print("shown")


def bad(_api: Api, _console: Console) -> None:
    raise requests.ConnectionError("nobody there")


def test_it_says_that_it_is_done(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    show(good)
    assert "shown\nDemonstration done." in capsys.readouterr().out


def test_what_failed_is_named_and_the_others_are_shown(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        show(bad, good)
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "bad failed: nobody there" in printed
    assert "shown\nNot everything could be shown" in printed
    assert "Demonstration done" not in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly_and_leaves_the_terminal_tidy(
    number: signal.Signals, show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = Progress()

    def endless(_api: Api, _console: Console) -> None:
        with drawing:
            os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):  # which `manage.py` ends without a word
        show(endless, good)
    assert not drawing.live.is_started
    assert "shown" not in capsys.readouterr().out
