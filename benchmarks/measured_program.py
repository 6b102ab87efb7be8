"""A program run to its end: how long it took, and the most memory it had."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ran:
    """Seconds from start to end, and megabytes (10^6 bytes) of memory at the peak."""

    seconds: float
    peak_megabytes: float


def run_python(arguments: Sequence[str], *, environment: dict[str, str]) -> Ran:
    """Runs this Python with these arguments; raises RuntimeError with what it printed if it fails."""
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr is not None
        printed = program.stderr.read()
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {program.returncode}: {printed}")
    # macOS counts in bytes, Linux in KiB.
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(time.monotonic() - started, usage.ru_maxrss * unit / 1e6)
