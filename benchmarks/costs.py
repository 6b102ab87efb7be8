"""What an event costs each part of the product, beside what it cost the last time: a regression shows here first.

Processor time is disturbed less by other load than a rate is. It still grows with it, so compare runs of like load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TypeAlias

from rich.table import Table

from benchmarks.processor_time import Spent
from benchmarks.results import HISTORY

#: Microseconds an event by part, by what was measured.
Costs: TypeAlias = dict[str, Spent]

#: The parts that have a column of their own.
PARTS = ("web", "work", "control", "postgres", "valkey", "beat")


def medians(turns: Mapping[str, Sequence[Spent]]) -> Costs:
    """The median of each part over the turns of a run."""
    return {
        what: {
            part: round(median(turn.get(part, 0.0) for turn in of_what), 1)
            for part in dict.fromkeys(part for turn in of_what for part in turn)
        }
        for what, of_what in turns.items()
    }


def kept_costs() -> Costs:
    """Of each thing measured what was kept of it last."""
    found: Costs = {}
    for path in sorted(HISTORY.glob("*.json")):
        found |= _costs_in(path)
    return found


def _costs_in(path: Path) -> Costs:
    costs: Costs = json.loads(path.read_text()).get("processor_us_per_event", {})
    return costs


def table_of_costs(costs: Costs, before: Costs) -> Table:
    """One row for each thing measured."""
    table = Table(title="Processor time, µs an event")
    table.add_column("what", min_width=16)
    for name in (*PARTS, "other", "all", "last time"):
        table.add_column(name, justify="right")
    for what, cost in costs.items():
        total = sum(cost.values())
        own = [cost.get(part, 0.0) for part in PARTS]
        last = f"{sum(before[what].values()):,.0f}" if what in before else ""
        table.add_row(what, *(f"{each:,.0f}" for each in (*own, total - sum(own), total)), last)
    return table
