"""Runs the enrichers that some events want, round by round. Knows no chunks and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from events.enrichers.base import Answer, CannotEnrich, Enricher, EventInHand, Source, Unavailable, enrichers
from events.enrichers.run import LookupRun
from events.records import EventRecord
from events.types.registry import event_types

#: Seconds between two calls of `tick` while look-ups are under way.
TICK_SECONDS = 0.25


@dataclass
class Enriched:
    """What became of the events.

    Attributes:
        ready: they go on, some perhaps with something missing.
        waiting: by event id, why they have to wait: "enricher: reason".
        failed: by event id, why they fail for good.
    """

    ready: list[EventInHand] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    failed: dict[str, CannotEnrich] = field(default_factory=dict)


def wanted_by(type_name: str) -> tuple[str, ...]:
    """The names of the enrichers that events of a type want."""
    declared = event_types.find(type_name)
    return declared.enrichers if declared else ()


def waits_for(record: EventRecord) -> tuple[str, ...]:
    """What may hold an event up: the enrichers its type wants, but no required one that has nothing to ask for it.

    Events of a chunk wait for the same things: a bet in EUR does not stand behind one whose rate nobody can tell.
    """
    names = wanted_by(record.type)
    asking = [name for name in names if enrichers.get(name).required and enrichers.get(name).source is not None]
    if not asking:
        return names
    event = EventInHand(record)
    idle = {name for name in asking if enrichers.get(name).key_of(event) is None}
    return tuple(name for name in names if name not in idle)


def rounds_of(names: Iterable[str]) -> list[list[Enricher]]:
    """The enrichers in rounds: each comes in a later round than those it names in `after`.

    Raises:
        NotRegistered: there is no enricher of that name.
        graphlib.CycleError: they wait for each other.
    """
    wanted = set(names)
    sorter = TopologicalSorter({name: set(enrichers.get(name).after) & wanted for name in sorted(wanted)})
    sorter.prepare()
    rounds = []
    while sorter.is_active():
        ready = sorter.get_ready()
        rounds.append([enrichers.get(name) for name in sorted(ready)])
        sorter.done(*ready)
    return rounds


def and_dependents(names: Iterable[str], *, among: Iterable[str]) -> set[str]:
    """These enrichers, and those among the others that read what they add, directly or through others."""
    found = set(names)
    for enricher in (enricher for round_ in rounds_of(among) for enricher in round_):
        if found.intersection(enricher.after):
            found.add(enricher.name)
    return found


def enrich_events(
    events: Sequence[EventInHand],
    run: LookupRun,
    *,
    wanted: Callable[[EventRecord], Iterable[str]],
    tick: Callable[[], None] = lambda: None,
) -> Enriched:
    """Lets every enricher that an event wants add its fields.

    Args:
        wanted: the names of the enrichers for an event.
        tick: called every now and then, and at the end of each round.
    """
    result = Enriched()
    by_enricher: dict[str, list[EventInHand]] = {}
    for event in events:
        for name in wanted(event.record):
            by_enricher.setdefault(name, []).append(event)
    for enrichers_of_round in rounds_of(by_enricher):
        tasks = [_Task.of(enricher, by_enricher[enricher.name], result) for enricher in enrichers_of_round]
        answers = _ask(_keys_by_source(tasks), run, tick=tick)
        for task in tasks:
            task.add_fields(answers, result)
        tick()
    result.ready = [event for event in events if not _is_out(event, result)]
    return result


@dataclass
class _Task:
    """One enricher, its events that are still on their way, and the key of each."""

    enricher: Enricher
    events: list[EventInHand]
    keys: list[str | None]

    @classmethod
    def of(cls, enricher: Enricher, events: Iterable[EventInHand], result: Enriched) -> _Task:
        left = [event for event in events if not _is_out(event, result)]
        return cls(enricher, left, [enricher.key_of(event) if enricher.source else None for event in left])

    def add_fields(self, answers: Mapping[tuple[str, str], Answer], result: Enriched) -> None:
        source = self.enricher.source
        for event, key in zip(self.events, self.keys, strict=True):
            if _is_out(event, result):  # another enricher of this round has seen to that
                continue
            answer = None if key is None or source is None else answers[source.name, key]
            if not isinstance(answer, Unavailable):
                try:
                    event.fields.update(self.enricher.fields(event, answer))
                except CannotEnrich as reason:
                    result.failed[event.record.id] = reason
            elif self.enricher.required:
                result.waiting[event.record.id] = f"{self.enricher.name}: {answer.reason}"
            else:
                event.missing[self.enricher.name] = answer.reason


def _is_out(event: EventInHand, result: Enriched) -> bool:
    return event.record.id in result.waiting or event.record.id in result.failed


def _keys_by_source(tasks: Iterable[_Task]) -> dict[Source, list[str]]:
    keys: dict[Source, dict[str, None]] = {}
    for task in tasks:
        if task.enricher.source is not None:
            keys.setdefault(task.enricher.source, {}).update(dict.fromkeys(key for key in task.keys if key is not None))
    return {source: list(distinct) for source, distinct in keys.items() if distinct}


def _ask(
    keys_by_source: Mapping[Source, list[str]], run: LookupRun, *, tick: Callable[[], None]
) -> dict[tuple[str, str], Answer]:
    """Asks all sources; the remote ones side by side, each in a thread of its own."""
    run.expect(sum(len(keys) for keys in keys_by_source.values()))
    remote = {source: keys for source, keys in keys_by_source.items() if source.remote}
    answers: dict[tuple[str, str], Answer] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(remote)), thread_name_prefix="look-up") as threads:
        pending: dict[Source, Future[Mapping[str, Answer]]] = {
            source: threads.submit(source.look_up, keys, run) for source, keys in remote.items()
        }
        for source, keys in keys_by_source.items():
            if not source.remote:
                answers.update({(source.name, key): found for key, found in source.look_up(keys, run).items()})
        while wait(pending.values(), timeout=TICK_SECONDS).not_done:
            tick()
        for source, future in pending.items():
            answers.update({(source.name, key): found for key, found in future.result().items()})
    return answers
