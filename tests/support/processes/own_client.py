"""A Python program that hands playback events over, with an enrichment client of its own.

`python -m tests.support.processes.own_client SECONDS`: its client takes that long for each call. It prints the
operation's id, each report of its progress, and at the end how many events were handled and how long it took.
"""

import json
import os
import sys
import time

import django


class SlowClient:
    """Answers from its head, after a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_region(self, user_id: str) -> str:
        time.sleep(self._seconds)
        return f"own region of {user_id}"

    def get_model(self, device_type: str) -> str:
        time.sleep(self._seconds)
        return f"own model of {device_type}"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from events.systems.playback.collector import EventCollector
    from events.systems.playback.demo import INPUT

    source = sys.argv[2] if len(sys.argv) > 2 else None
    began = time.monotonic()
    collector = EventCollector(client=SlowClient(float(sys.argv[1])), source=source)
    operation = collector.handle(json.loads(INPUT.read_text()))
    print(operation.id, flush=True)
    for percent in operation.progress():
        print(f"{time.monotonic() - began:.2f} {percent}", flush=True)
    result = operation.result()
    print(f"handled {result.handled_events} in {result.elapsed.total_seconds():.2f}", flush=True)


if __name__ == "__main__":
    main()
