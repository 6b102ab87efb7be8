"""Ad events sent as the old collector's clients send them, and processed in this process."""

from collections.abc import Mapping

from django.test import Client

from events.clock import utc_now
from events.pipeline.drain import drain
from tests.support.pipeline import chunk_ids, process


def send(fields: Mapping[str, str], *, route: str = "/event_collector") -> str:
    """The collector's answer, which is plain text with status 200 whatever it says."""
    response = Client().get(route, fields)
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return response.content.decode()


def process_everything() -> None:
    """Brings what was accepted through the pipeline."""
    while drain(now=utc_now()):
        pass
    process(chunk_ids())


def download(name: str) -> bytes:
    """One of the files, over HTTP."""
    response = Client().get(f"/v1/exports/{name}")
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return b"".join(response.streaming_content)
