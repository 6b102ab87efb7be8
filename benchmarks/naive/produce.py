"""`python -m benchmarks.naive.produce COUNT`: make the tables, then send that many heartbeats, one chain each.

Prints the moment (time.monotonic) of the first one.
"""

import json
import sys
import time
from typing import Any

import django

from benchmarks.heartbeats import heartbeats
from benchmarks.naive import celery  # noqa: F401 - tasks are sent over this application


def main() -> None:
    django.setup()
    from django.db import connection

    from benchmarks.naive import models, tasks

    with connection.schema_editor() as editor:
        for model in (models.Event, models.Pair, models.Movie, models.User):
            editor.create_model(model)
    events: list[dict[str, Any]] = [json.loads(sent.json()) for sent in heartbeats(int(sys.argv[1]), run="naive")]
    print(time.monotonic(), flush=True)
    for event in events:
        tasks.send(event)


if __name__ == "__main__":
    main()
