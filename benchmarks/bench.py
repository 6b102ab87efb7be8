"""What a case is given: the product, sizes, and references that several cases need."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property

from benchmarks.processor_time import Spent, in_words, per_event
from benchmarks.product import Product
from benchmarks.references.naive import naive_per_second


class Bench:
    """One run of the benchmarks; a context manager that stops what was started.

    Args:
        quick: smaller sizes: to try things out, not to be kept.
        say: shows a line of progress.
    """

    def __init__(self, *, quick: bool, say: Callable[[str], None]) -> None:
        self.quick = quick
        self.say = say
        #: What an event cost each part, in microseconds, by what was measured, turn by turn.
        self.costs: dict[str, list[Spent]] = defaultdict(list)
        self._stack = ExitStack()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def product(self) -> Product:
        """A product with its default settings, started for the first case that wants it."""
        self.say("starting the product")
        return self.start_product()

    @cached_property
    def naive_per_second(self) -> float:
        """Events per second of the naive solution, measured once a run."""
        self.product.wait_until_idle()
        self.say("naive")
        return naive_per_second(self.product, count=500 if self.quick else 3000)

    def start_product(self, **environment: str) -> Product:
        """One more product, with settings of its own; it is stopped with the run."""
        product = self._stack.enter_context(Product(environment))
        product.wait_until_ready()
        return product

    def processor_seconds(self) -> Spent:
        """Seconds of processor that each part of the product, and this process ("here"), has used so far."""
        return {**self.product.processor_seconds(), "here": time.process_time()}

    def note_cost(self, what: str, before: Spent, events: int) -> None:
        """Notes, and shows, what each of that many events has cost the parts of the product since `before`.

        Args:
            before: what `processor_seconds` returned.
        """
        cost = per_event(before, self.processor_seconds(), events)
        self.costs[what].append(cost)
        self.say(f"{what}: {in_words(cost)}")

    @property
    def rounds(self) -> int:
        """How often a subject and its reference take turns; medians even out what else the machine does."""
        return 1 if self.quick else 3
