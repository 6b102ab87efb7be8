"""`manage.py tail`: final events as they happen."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.publishing import feed
from events.publishing.live_memory import feed_client
from events.types.registry import event_types


class _Typed(msgspec.Struct):
    type: str


class Command(BaseCommand):
    """Follows the live feed until it is stopped with Ctrl-C."""

    help = "Print final events as they happen, one JSON object a line. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--type", help="events of this type only")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["type"]
        if wanted is not None and wanted not in event_types:
            raise CommandError(f"There is no event type {wanted!r}; there are: {', '.join(event_types.keys())}.")
        logging.getLogger("events.publishing").setLevel(logging.WARNING)
        type_of = msgspec.json.Decoder(_Typed)
        try:
            for lines in feed.follow(feed_client(), on_begin=lambda: self.stderr.write("Waiting for events.")):
                shown = [line for line in lines if wanted is None or type_of.decode(line).type == wanted]
                sys.stdout.buffer.writelines(line + b"\n" for line in shown)
                sys.stdout.buffer.flush()
        except redis.RedisError as error:
            raise CommandError(f"There is no feed, as Redis does not answer: {error}.") from None
        except (KeyboardInterrupt, BrokenPipeError):
            return
