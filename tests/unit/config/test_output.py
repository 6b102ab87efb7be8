"""What programs print is passed on."""

import os

import pytest

from config.local.supervision import output
from config.local.supervision.output import Output


def test_event_lines_pass_unchanged_and_others_get_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[int, bytes] = {1: b"", 2: b""}

    def write(descriptor: int, data: bytes) -> None:
        written[descriptor] += data

    monkeypatch.setattr(output, "_write", write)
    reader, writer = os.pipe()
    passing = Output()
    passing.pass_on(os.fdopen(reader, "rb", buffering=0), "work", may_log_events=True)
    for part in (b'{"id": 1}\n{"i', b'd": 2}\nhel', b'lo\n{"id": 3}'):
        os.write(writer, part)
    os.close(writer)
    passing.finish()
    assert written[1] == b'{"id": 1}\n{"id": 2}\n{"id": 3}\n'
    assert written[2] == b"work    | hello\n"
