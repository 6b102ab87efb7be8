from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.costs import kept_costs, medians, table_of_costs
from benchmarks.machine import machine
from benchmarks.registry import Case, all_cases
from benchmarks.report import table_of
from benchmarks.results import Result, keep


def main() -> int:
    """Measure, print, keep; 1 when a goal is missed."""
    options = _options()
    console = Console()
    measured_on = machine()
    results: list[Result] = []
    with console.status("") as status, Bench(quick=options.quick, say=lambda line: console.log(line)) as bench:
        for case in _chosen(options.only, long=options.long):
            status.update(f"{case.name}: {case.title}")
            for result in _measure(case, bench):
                console.log(f"{result.name}: {result.measured.value:,.1f} {case.unit} {result.measured.note}".rstrip())
                results.append(result)
    costs = medians(bench.costs)
    console.print(table_of(results, measured_on))
    console.print(table_of_costs(costs, kept_costs()))
    if not options.quick:
        keep(results, costs=costs, machine=measured_on, now=datetime.now(UTC))
    return 0 if all(result.is_met for result in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure; docs/performance.md explains.")
    parser.add_argument("--only", type=lambda names: names.split(","), help="cases by name, such as P1,P2")
    parser.add_argument("--long", action="store_true", help="the cases that take many minutes, and no others")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, to try things out; results are not kept")
    return parser.parse_args()


def _chosen(names: list[str] | None, *, long: bool) -> list[Case]:
    cases = {case.name: case for case in all_cases()}
    unknown = set(names or ()) - set(cases)
    if unknown:
        sys.exit(f"There is no case {', '.join(sorted(unknown))}; there are {', '.join(cases)}.")
    return [cases[name] for name in names or (name for name, found in cases.items() if found.long == long)]


def _measure(case: Case, bench: Bench) -> Iterator[Result]:
    for measured in case.measure(bench):
        yield Result(case, measured)


if __name__ == "__main__":
    sys.exit(main())
