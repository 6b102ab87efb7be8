"""The three tasks of each event. Written with care for correctness: retried tasks and several workers count right."""

from typing import Any

from celery import chain, shared_task
from django.db import transaction
from django.db.models import F

from benchmarks.naive.models import Event, Movie, Pair, User


@shared_task
def enrich(event: dict[str, Any]) -> dict[str, Any]:
    """A heartbeat wants nothing from outside services."""
    return event


@shared_task
def persist(event: dict[str, Any]) -> str | None:
    """Stores the event unless it is there; returns its id, None for a duplicate."""
    stored, is_new = Event.objects.get_or_create(
        id=event["id"],
        defaults={
            "user": event["user"],
            "movie": event["slug"],
            "at": event["at"],
            "time": event["time"],
            "data": event,
        },
    )
    return stored.id if is_new else None


@shared_task
def aggregate(event_id: str | None) -> None:
    """Adds the event to the totals of its pair, movie and user."""
    if event_id is None:
        return
    event = Event.objects.get(id=event_id)
    with transaction.atomic():
        pair, _ = Pair.objects.select_for_update().get_or_create(user=event.user, movie=event.movie)
        added = max(0, event.at - pair.latest_moment)
        pair.watch_seconds += added
        pair.latest_moment = event.at
        pair.save()
        Movie.objects.get_or_create(movie=event.movie)
        Movie.objects.filter(movie=event.movie).update(watch_seconds=F("watch_seconds") + added)
        User.objects.get_or_create(user=event.user)
        User.objects.filter(user=event.user).update(watch_seconds=F("watch_seconds") + added, events=F("events") + 1)


def send(event: dict[str, Any]) -> None:
    """Starts the three tasks of an event."""
    chain(enrich.s(event), persist.s(), aggregate.s()).apply_async()
