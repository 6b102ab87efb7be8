"""An operation's progress as a client sees it."""

import json
import time
from typing import Any

import requests


def progress_reports(base_url: str, operation: str) -> list[tuple[float, dict[str, Any]]]:
    """Every server-sent event of the operation and when it came, until the server closes the stream."""
    with requests.get(f"{base_url}/v1/operations/{operation}/progress", stream=True, timeout=20) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        lines = (line for line in stream.iter_lines(chunk_size=1) if line)
        return [(time.monotonic(), json.loads(line.removeprefix(b"data: "))) for line in lines]
