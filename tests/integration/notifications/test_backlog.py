"""Whose events are accepted and not processed, as far as a due notification has to wait for them."""

import json
from datetime import datetime, timedelta

import pytest

from events.clock import utc_now
from events.intake.accept import accept_one
from notifications import backlog
from notifications.backlog import users_with_backlog
from tests.support.fitness import accept, launch, program
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.django_db

STARTS = ["training_program_started"]


def later(moment: datetime) -> datetime:
    """The first moment whose ids are higher than those of that moment."""
    wait_until(lambda: utc_now() > moment + timedelta(milliseconds=2), what="the next millisecond", every=0.001)
    return utc_now()


def test_each_user_waits_for_events_that_were_accepted_before_their_own_moment() -> None:
    before = utc_now()
    later(before)
    accept([program("started", 5, user="ann"), program("started", 5, user="bob")])
    after = later(utc_now())
    assert users_with_backlog({"ann": after, "bob": after}, STARTS) == {"ann", "bob"}
    assert users_with_backlog({"ann": before, "bob": after}, STARTS) == {"bob"}
    assert users_with_backlog({"ann": before, "bob": before}, STARTS) == set()
    assert users_with_backlog({"eve": after}, STARTS) == set()


def test_other_types_in_the_same_chunk_are_not_waited_for() -> None:
    accept([program("started", 5, user="ann"), program("finished", 5, user="bob"), launch(5, user="eve")])
    moment = later(utc_now())
    assert users_with_backlog({"ann": moment, "bob": moment, "eve": moment}, STARTS) == {"ann"}


def test_the_inbox_counts_as_chunks_do() -> None:
    for event in (program("started", 5, user="ann"), program("finished", 5, user="bob")):
        accept_one(json.dumps(event).encode(), type_name=None, now=utc_now())
    moment = later(utc_now())
    assert users_with_backlog({"ann": moment, "bob": moment}, STARTS) == {"ann"}


def test_behind_more_than_can_be_looked_into_everybody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST_ROWS", 2)
    accept([program("started", 5, user="ann")])
    moment = later(utc_now())
    assert users_with_backlog({"ann": moment, "bob": moment}, STARTS) == {"ann"}
    accept([program("started", 5, user="ann")])
    moment = later(utc_now())
    assert users_with_backlog({"ann": moment, "bob": moment}, STARTS) == {"ann", "bob"}
