"""P11: the ad validator, against pandas on a size that fits it, and its memory on one that does not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.ad_files import AdFiles, make_ad_files
from benchmarks.bench import Bench
from benchmarks.measured_program import Ran, run_python
from benchmarks.registry import Measured, at_least, at_most, case

FITS_PANDAS = 1_000_000
FULL_SIZE = 10_000_000
#: User events for each serving event.
FOLLOWERS = 10


@case(
    "P11",
    "the ad validator on 1 million user events against 100,000 serving events; beside it, pandas",
    unit="user events/s",
    goals={"": at_least(1)},
)
def validated(bench: Bench) -> Iterator[Measured]:
    """Runs both programs in turns, from their start to their end; their outputs must be the same."""
    events = FITS_PANDAS // (10 if bench.quick else 1)
    with _ad_files(events) as (files, directory):
        ours, theirs = directory / "ours.csv", directory / "pandas.csv"
        runs = []
        for _ in range(bench.rounds):
            bench.say("validate_ads, then pandas")
            runs.append((_validate(files, ours), _validate_with_pandas(files, theirs)))
            if ours.read_bytes() != theirs.read_bytes():
                raise RuntimeError("The validator and pandas do not agree on what is valid.")
    our_seconds, their_seconds = (median(run[side].seconds for run in runs) for side in (0, 1))
    our_memory, their_memory = (max(run[side].peak_megabytes for run in runs) for side in (0, 1))
    note = f"({our_memory:.0f} MB against {their_memory:.0f} MB)"
    yield Measured("", events / our_seconds, events / their_seconds, note)


@case(
    "P11.memory",
    "peak memory of the ad validator on 10 million user events against 1 million serving events",
    unit="MB",
    goals={"": at_most(512)},
)
def memory(bench: Bench) -> Iterator[Measured]:
    """Runs the validator alone: pandas would need gigabytes."""
    events = FULL_SIZE // (10 if bench.quick else 1)
    with _ad_files(events) as (files, directory):
        bench.say(f"validate_ads on {events} user events")
        ran = _validate(files, directory / "ours.csv")
    yield Measured("", ran.peak_megabytes, note=f"(in {ran.seconds:.0f} s)")


@contextmanager
def _ad_files(events: int) -> Iterator[tuple[AdFiles, Path]]:
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-ads-") as name:
        yield make_ad_files(Path(name), serving=events // FOLLOWERS, user=events), Path(name)


def _validate(files: AdFiles, out: Path) -> Ran:
    arguments = ["--serving", str(files.serving), "--user", str(files.user), "--out", str(out)]
    return run_python(["manage.py", "validate_ads", *arguments], environment={"TIDEMARK_DATA_DIR": str(out.parent)})


def _validate_with_pandas(files: AdFiles, out: Path) -> Ran:
    arguments = [str(files.serving), str(files.user), str(out)]
    return run_python(["-m", "benchmarks.references.pandas_ads", *arguments], environment={})
