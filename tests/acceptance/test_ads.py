"""Ads through a whole product: what clients send by GET comes out as files."""

from collections.abc import Callable
from pathlib import Path

import requests

from events.systems.ads.columns import SERVING_FILE, USER_FILE, VALIDATED_FILE
from tests.support.ads import SAMPLE, read_csv
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]


def test_what_clients_send_by_get_comes_out_as_files(start_tidemark: StartTidemark, tmp_path: Path) -> None:
    tidemark = start_tidemark()

    def get(path: str, **parameters: str) -> bytes:
        response = requests.get(tidemark.base_url + path, params=parameters, timeout=30)
        response.raise_for_status()
        return response.content

    events = [*read_csv(SAMPLE / SERVING_FILE), *read_csv(SAMPLE / USER_FILE)]
    assert [get("/event_collector", **event) for event in events] == [b"event saved"] * len(events)
    assert get("/event", eventId="x") == b"Invalid event, both eventId and eventTimestamp must have values"

    expected = {name: (SAMPLE / name).read_bytes() for name in (SERVING_FILE, USER_FILE, VALIDATED_FILE)}
    for name in (SERVING_FILE, USER_FILE):
        wait_until(lambda name=name: get(f"/v1/exports/{name}") == expected[name], what=f"{name} is complete")
    assert get(f"/v1/exports/{VALIDATED_FILE}") == expected[VALIDATED_FILE]

    exported, validated = tmp_path / "exported", tmp_path / VALIDATED_FILE
    assert tidemark.manage("export_ads", "--out", str(exported)).returncode == 0
    assert {path.name: path.read_bytes() for path in exported.iterdir()} | {
        VALIDATED_FILE: expected[VALIDATED_FILE]
    } == expected
    printed = tidemark.manage("validate_ads", "--out", str(validated)).stdout
    assert printed.startswith(f"2 of 5 user events are valid: {validated}\n3 were dropped:\n")
    assert validated.read_bytes() == expected[VALIDATED_FILE]
