"""Runs the enrichers that some events want, round by round. Knows no chunks and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from events.conf import conf
from events.enrichment.enricher import CannotEnrich, Enricher, EventToEnrich, enrichers
from events.enrichment.lookups.run import LookupRun
from events.enrichment.lookups.source import Result, Source, Unavailable
from events.records import EventRecord
from events.types.registry import event_types

#: Seconds between two calls of `tick` while look-ups are under way.
TICK_SECONDS = 0.25
#: Every enricher asks its own source.
NO_OTHER_SOURCES: Mapping[str, Source] = {}


@dataclass
class Enriched:
    """What became of the events.

    Attributes:
        ready: they go on, some perhaps with something missing.
        waiting: by event id, why they have to wait: "enricher: reason".
        failed: by event id, why they fail for good.
        broken: by event id, what an enricher raised that it should not.
        out: the ids of all that do not go on.
    """

    ready: list[EventToEnrich] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    failed: dict[str, CannotEnrich] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    out: set[str] = field(default_factory=set)

    def let_wait(self, event: EventToEnrich, reason: str) -> None:
        """The event has to wait."""
        self.waiting[event.record.id] = reason
        self.out.add(event.record.id)

    def blame(self, event: EventToEnrich, error: Exception) -> None:
        """Takes what an enricher raised for the event's end; its neighbours go on."""
        self.out.add(event.record.id)
        if isinstance(error, CannotEnrich):
            self.failed[event.record.id] = error
        else:
            self.broken[event.record.id] = error


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
    event = EventToEnrich(record)
    return tuple(name for name in names if name not in asking or _may_have_key(enrichers.get(name), event))


def services_of(names: Iterable[str]) -> tuple[str, ...]:
    """The outside services that these enrichers ask."""
    sources = (enrichers.get(name).source for name in names)
    return tuple(sorted({source.name for source in sources if source is not None and source.remote}))


def _may_have_key(enricher: Enricher, event: EventToEnrich) -> bool:
    try:
        return enricher.key_of(event) is not None
    except Exception:
        return True  # a broken enricher must not refuse an event; the enrich step sees to that


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
    events: Sequence[EventToEnrich],
    run: LookupRun,
    *,
    wanted: Callable[[EventRecord], Iterable[str]],
    sources: Mapping[str, Source] = NO_OTHER_SOURCES,
    tick: Callable[[], None] = lambda: None,
) -> Enriched:
    """Lets every enricher that an event wants add its fields.

    Args:
        wanted: the names of the enrichers for an event.
        sources: by an enricher's name, what it asks in place of its own source.
        tick: called every now and then, and at the end of each round.
    """
    enriched = Enriched()
    by_enricher: dict[str, list[EventToEnrich]] = {}
    for event in events:
        for name in wanted(event.record):
            by_enricher.setdefault(name, []).append(event)
    for enrichers_of_round in rounds_of(by_enricher):
        tasks = [
            _Task(enricher, sources.get(enricher.name, enricher.source)).with_events(
                by_enricher[enricher.name], enriched
            )
            for enricher in enrichers_of_round
        ]
        results = _look_up(_keys_by_source(tasks), run, tick=tick)
        for task in tasks:
            task.add_fields(results, enriched)
        tick()
    most_bytes = conf.MAX_EVENT_BYTES
    for event in events:
        if event.record.id not in enriched.out:
            try:
                event.encode(most_bytes=most_bytes)
                enriched.ready.append(event)
            except CannotEnrich as reason:
                enriched.blame(event, reason)
    return enriched


@dataclass
class _Task:
    """One enricher, what it asks, its events that are still on their way, and the key of each."""

    enricher: Enricher
    source: Source | None
    events: list[EventToEnrich] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def with_events(self, events: Iterable[EventToEnrich], enriched: Enriched) -> _Task:
        for event in events:
            if event.record.id not in enriched.out:
                try:
                    self.keys.append(self.enricher.key_of(event) if self.source else None)
                    self.events.append(event)
                except Exception as error:
                    enriched.blame(event, error)
        return self

    def add_fields(self, results: Mapping[tuple[str, str], Result], enriched: Enriched) -> None:
        name, source = self.enricher.name, self.source
        for event, key in zip(self.events, self.keys, strict=True):
            if event.record.id in enriched.out:  # another enricher of this round has seen to that
                continue
            result = None if key is None or source is None else results[source.name, key]
            if not isinstance(result, Unavailable):
                try:
                    event.add(self.enricher.fields(event, result), by=name)
                except Exception as error:
                    enriched.blame(event, error)
            elif self.enricher.required:
                enriched.let_wait(event, f"{name}: {result.reason}")
            else:
                event.missing[name] = result.reason


def _keys_by_source(tasks: Iterable[_Task]) -> dict[Source, list[str]]:
    keys: dict[Source, dict[str, None]] = {}
    for task in tasks:
        if task.source is not None:
            keys.setdefault(task.source, {}).update(dict.fromkeys(key for key in task.keys if key is not None))
    return {source: list(distinct) for source, distinct in keys.items() if distinct}


def _look_up(
    keys_by_source: Mapping[Source, list[str]], run: LookupRun, *, tick: Callable[[], None]
) -> dict[tuple[str, str], Result]:
    """Asks all sources; the remote ones side by side, each in a thread of its own."""
    run.expect(sum(len(keys) for keys in keys_by_source.values()))
    remote = {source: keys for source, keys in keys_by_source.items() if source.remote}
    results: dict[tuple[str, str], Result] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(remote)), thread_name_prefix="look-up") as threads:
        pending: dict[Source, Future[Mapping[str, Result]]] = {
            source: threads.submit(source.look_up, keys, run) for source, keys in remote.items()
        }
        for source, keys in keys_by_source.items():
            if not source.remote:
                results.update({(source.name, key): result for key, result in source.look_up(keys, run).items()})
        while wait(pending.values(), timeout=TICK_SECONDS).not_done:
            tick()
        for source, future in pending.items():
            results.update({(source.name, key): result for key, result in future.result().items()})
    return results
