"""Keeping what was measured: `results/latest.json`, and a file a run under `results/history`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.registry import Case, Measured

RESULTS = Path(__file__).with_name("results")
LATEST = RESULTS / "latest.json"
HISTORY = RESULTS / "history"


@dataclass(frozen=True)
class Result:
    """A measured value and what it is held to."""

    case: Case
    measured: Measured

    @property
    def name(self) -> str:
        return self.case.result_name(self.measured.against)

    @property
    def ratio(self) -> float | None:
        reference = self.measured.reference
        return None if reference is None else self.measured.value / reference

    @property
    def is_met(self) -> bool:
        figure = self.measured.value if self.ratio is None else self.ratio
        return self.case.goals[self.measured.against].is_met_by(figure)

    def as_document(self) -> dict[str, Any]:
        """As it is kept; the goal is one of the ratio, or of the value where there is no reference."""
        return {
            "value": _round(self.measured.value),
            "unit": self.case.unit,
            "reference": _round(self.measured.reference),
            "ratio": _round(self.ratio),
            "goal": self.case.goals[self.measured.against].limit,
        }


def keep(
    results: list[Result], *, costs: Mapping[str, Mapping[str, float]], machine: dict[str, object], now: datetime
) -> None:
    """Writes the latest results, those of other cases staying as they were, and this run's own file."""
    documents = {result.name: result.as_document() for result in results}
    latest = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    _write(LATEST, dict(sorted((latest | documents).items())))
    document = {"machine": machine, "results": documents, "processor_us_per_event": costs}
    _write(HISTORY / f"{now:%Y-%m-%dT%H%M%SZ}.json", document)


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def _round(value: float | None) -> float | None:
    """To four significant digits: no more was measured."""
    return None if value is None else float(f"{value:.4g}")
