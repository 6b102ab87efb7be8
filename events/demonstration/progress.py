"""Following an operation to its end, with a progress bar."""

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from events.demonstration.api import Api

WAIT_SECONDS = 1
"""How long one answer may be held back; the bar moves at least that often."""


def follow(api: Api, operation: str, console: Console) -> dict[str, Any]:
    """The operation as it is once done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("processing", total=None)
        while True:
            state = api.get(f"/v1/operations/{operation}", wait=WAIT_SECONDS)
            total = state["total_events"]
            progress.update(bar, total=total, completed=total * state["progress"] / 100)
            if state["state"] != "running":
                return state
