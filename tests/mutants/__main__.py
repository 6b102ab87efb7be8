"""`make mutants`: runs the test that should fail against each mutant; the exit code is 1 if one survives."""

from __future__ import annotations

import argparse
import sys
import time

from tests.mutants.campaign import PASSED, Workplace, workplace
from tests.mutants.declared import Mutant, promises
from tests.mutants.table import PAGE, page


def main() -> int:
    options = _options()
    if options.table:
        PAGE.write_text(page(promises()))
        return 0
    chosen = _chosen(options.words)
    began = time.monotonic()
    with workplace() as place:
        _require_health(place, chosen)
        survivors = []
        for number, mutant in enumerate(chosen, 1):
            print(f"{number}/{len(chosen)} {mutant.file}: {mutant.change}", flush=True)
            if not _is_killed(place, mutant):
                survivors.append(mutant)
    print(f"{len(chosen)} mutants, {len(survivors)} survived; {(time.monotonic() - began) / 60:.1f} minutes.")
    for mutant in survivors:
        print(f"Survived {mutant.killed_by}: {mutant.change} ({mutant.file})")
    return 1 if survivors else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="docs/testing.md explains.")
    parser.add_argument("words", nargs="*", help="only mutants that have one of them in their area, change or file")
    parser.add_argument("--table", action="store_true", help="run nothing; write the table in docs/testing.md")
    return parser.parse_args()


def _chosen(words: list[str]) -> list[Mutant]:
    chosen = [
        mutant
        for promise in promises()
        for mutant in promise.mutants
        if not words or any(word in f"{promise.area} {mutant.change} {mutant.file}" for word in words)
    ]
    return chosen or sys.exit(f"No mutant has {' or '.join(words)} in its area, its change or its file.")


def _require_health(place: Workplace, mutants: list[Mutant]) -> None:
    """A test that fails anyway kills nothing."""
    tests = {mutant.killed_by for mutant in mutants}
    print(f"{len(tests)} tests have to pass without a change …", flush=True)
    verdict = place.judge_original(tests)
    if verdict.exit_code != PASSED:
        sys.exit(verdict.output)
    print(f"They do, after {verdict.seconds:.0f} s.", flush=True)


def _is_killed(place: Workplace, mutant: Mutant) -> bool:
    verdict = place.judge(mutant)
    without = "SURVIVED" if verdict.exit_code == PASSED else "NO VERDICT"
    print(f"    {verdict.seconds:.1f} s: {verdict.failure or without}", flush=True)
    if not verdict.failure:
        print(verdict.output)
    return bool(verdict.failure)


if __name__ == "__main__":
    sys.exit(main())
