"""The event log."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from pytest_django import Settings

from events.checks import check_event_log
from events.publishing import event_log
from events.publishing.drops import Drops
from events.publishing.final_events import final_lines
from events.records import EventRecord

ROOT = Path(__file__).resolve().parents[3]

#: Two children of one process write 100 chunks each into its standard output, of lines short and long.
WRITERS = """
import json, os, sys
import django
django.setup()
from events.checks import check_event_log
from events.publishing import event_log
for name in ("a", "b"):
    if os.fork() == 0:
        for number in range(100):
            line = json.dumps({"writer": name, "number": number, "text": name * (number * 997 % 100_000)}) + "\\n"
            event_log.write(2 * line.encode())
        os._exit(0)
assert [os.wait()[1] for _ in "ab"] == [0, 0]
"""


def record(type_name: str) -> EventRecord:
    return EventRecord("e", type_name, "u", None, 0, None, msgspec.Raw(b'{"user": "ann", "slug": "x", "at": 1}'))


@pytest.mark.parametrize(
    ("setting", "shown"),
    [(["on"], ["heartbeat", "game_start"]), (["off"], []), (["game_start", "bet"], ["game_start"])],
)
def test_event_log_says_which_types_are_shown(
    setting: list[str], shown: list[str], settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EVENT_LOG = setting
    records = [record("heartbeat"), record("game_start")]
    event_log.show(records, final_lines(records, Drops()))
    assert [json.loads(line)["type"] for line in capfd.readouterr().out.splitlines()] == shown


def test_processes_that_share_an_output_do_not_mix_their_lines() -> None:
    written = subprocess.run(
        [sys.executable, "-c", WRITERS],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    lines = [json.loads(line) for line in written.stdout.splitlines()]
    assert len(lines) == 400
    for name in ("a", "b"):
        assert [line["number"] for line in lines if line["writer"] == name] == [n // 2 for n in range(200)]
    assert all(line["text"] == line["writer"] * (line["number"] * 997 % 100_000) for line in lines)


def test_a_reader_that_has_gone_harms_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EVENT_LOG = ["on"]
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(event_log, "STDOUT", writer)
    event_log.show([record("heartbeat")], final_lines([record("heartbeat")], Drops()))
    os.close(writer)
    assert "nobody reads it" in caplog.text


@pytest.mark.parametrize(
    ("setting", "complaints"),
    [(["on"], 0), (["off"], 0), (["bet", "deposit"], 0), (["bet", "bets"], 1), (["on", "bet"], 1)],
)
def test_a_wrong_setting_is_complained_of(setting: list[str], complaints: int, settings: Settings) -> None:
    settings.EVENT_LOG = setting
    assert len(check_event_log()) == complaints
