from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks.results import Result


def table_of(results: Sequence[Result], machine: Mapping[str, object]) -> Table:
    """One row a result; the goal is of the ratio, or of the value where there is no reference."""
    table = Table(title="Benchmarks", caption=", ".join(f"{name} {value}" for name, value in machine.items()))
    table.add_column("name", no_wrap=True)
    table.add_column("what", min_width=30)
    for name in ("value", "unit", "reference", "ratio", "goal"):
        table.add_column(name, justify="left" if name == "unit" else "right")
    table.add_column("")
    for result in results:
        table.add_row(
            result.name,
            result.case.title,
            _figure(result.measured.value),
            result.case.unit,
            _figure(result.measured.reference),
            _figure(result.ratio),
            str(result.case.goals[result.measured.against]),
            "[green]met" if result.is_met else "[red]missed",
        )
    return table


def _figure(value: float | None) -> str:
    """Whole from 100 on, else with two decimals."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
