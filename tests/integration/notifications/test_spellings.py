"""The fitness app's events in other spellings are the same events."""

import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from events.exceptions import InvalidField
from events.intake.validation import UnsupportedItem, validate
from events.records import EventRecord
from notifications.models import State
from tests.support import fitness
from tests.support.fitness import Event, happen, notifications

ID = "019a0000-0000-7000-8000-000000000001"
NOW = datetime(2026, 2, 1, tzinfo=UTC)
TITLE = "7 Minutes of HIIT Training"
AROUND = {
    "deviceId": "bar1",
    "userId": "foo1",
    "type": "TRAINING_PROGRAM_STARTED",
    "timestamp": "2021-02-28 16:23:25",
}
FINAL_STRUCTURE = AROUND | {"details": {"programId": "2352", "title": TITLE}}
DECLARED = {
    "device_id": "bar1",
    "user_id": "foo1",
    "type": "training_program_started",
    "time_stamp": "2021-02-28 16:23:25",
    "training_program_id": "2352",
    "training_program_title": TITLE,
}


def validated(event: Event, type_name: str | None = None) -> EventRecord:
    record = validate(json.dumps(event).encode(), event_id=ID, received_at=NOW, type_name=type_name)
    assert isinstance(record, EventRecord)
    return record


def data_of(event: Event, type_name: str | None = None) -> Event:
    data: Event = json.loads(bytes(validated(event, type_name).data))
    return data


@pytest.mark.parametrize(
    "event",
    [
        DECLARED,
        FINAL_STRUCTURE,
        AROUND | {"programId": "2352", "title": TITLE},
        AROUND | {"details": {"program_id": "2352", "training_program_title": TITLE}},
        AROUND | {"details": {"PROGRAM_ID": "2352"}, "Title": TITLE},
        FINAL_STRUCTURE | {"type": "trainingProgramStarted"},
        FINAL_STRUCTURE | {"type": "training-program-started"},
        DECLARED | {"type": "Training_Program_Started"},
        {name if name == "type" else name.upper(): value for name, value in DECLARED.items()},
    ],
)
def test_every_spelling_means_the_same_event(event: Event) -> None:
    record = validated(event)
    assert data_of(event) == DECLARED
    assert (record.type, record.user, record.item) == ("training_program_started", "foo1", "2352")
    assert record.time_us == validated(DECLARED).time_us


def test_the_app_launch_too_and_where_the_route_says_the_type() -> None:
    launch = {"type": "APP_LAUNCH", "userId": "foo2", "deviceId": "bar2", "timestamp": "2021-02-28 16:22:52"}
    declared = {"type": "app_launch", "user_id": "foo2", "device_id": "bar2", "time_stamp": "2021-02-28 16:22:52"}

    assert data_of(launch) == declared
    assert data_of(launch, "app_launch") == declared
    assert data_of(launch, "appLaunch") == declared
    with pytest.raises(InvalidField, match="takes events of type training_program_finished only"):
        validated(FINAL_STRUCTURE, "training_program_finished")


def test_a_cloudevent_may_hold_them_too() -> None:
    envelope = {"specversion": "1.0", "id": "7", "source": "/app", "type": "TRAINING_PROGRAM_STARTED", "subject": "ann"}
    data = data_of(envelope | {"data": {name: value for name, value in FINAL_STRUCTURE.items() if name != "type"}})
    assert {name: value for name, value in data.items() if name not in ("cloudevent", "id")} == {
        name: value for name, value in DECLARED.items() if name != "type"
    }


def test_what_is_no_name_of_the_type_is_kept_as_it_was_sent() -> None:
    own = {"appVersion": "1.0", "details": {"programId": "2352", "id": 5, "trainer": {"userId": "x"}}}
    assert data_of(AROUND | own) == {
        **{name: value for name, value in DECLARED.items() if name != "training_program_title"},
        "appVersion": "1.0",
        "details": {"id": 5, "trainer": {"userId": "x"}},
    }


@pytest.mark.parametrize("details", [None, {}, [], "none", 7])
def test_details_that_hold_nothing_of_the_type_stay(details: object) -> None:
    assert data_of(DECLARED | {"details": details}) == DECLARED | {"details": details}


def test_the_declared_name_goes_before_others_unless_it_is_null() -> None:
    both = DECLARED | {"userId": "somebody else", "training_program_title": None, "title": TITLE}
    assert data_of(both) == DECLARED | {"userId": "somebody else"}


def test_complaints_use_the_declared_names() -> None:
    with pytest.raises(InvalidField) as error:
        validated(AROUND | {"details": {"title": "no program"}})
    assert (error.value.field, error.value.code) == ("training_program_id", "required")


def test_types_without_other_spellings_have_none() -> None:
    item = validate(b'{"type": "HEARTBEAT", "User": "a"}', event_id=ID, received_at=NOW, type_name=None)
    assert isinstance(item, UnsupportedItem)
    with pytest.raises(InvalidField):
        validate(b'{"User": "a", "slug": "b", "at": 1}', event_id=ID, received_at=NOW, type_name="heartbeat")


def in_other_spelling(event: Event) -> Event:
    names = {"user_id": "userId", "device_id": "deviceId", "time_stamp": "timestamp"}
    outside = {names[name]: value for name, value in event.items() if name in names}
    if "training_program_id" in event:
        outside["details"] = {"programId": event["training_program_id"]}
    return outside | {"type": event["type"].upper()}


@pytest.mark.django_db
@pytest.mark.parametrize("spelled", list(product((False, True), repeat=3)))
def test_timers_do_not_care_in_which_form_an_event_came(spelled: tuple[bool, ...]) -> None:
    events: list[Any] = [fitness.launch(0), fitness.program("started", 5), fitness.program("finished", 40)]

    happen(*(in_other_spelling(event) if other else event for event, other in zip(events, spelled, strict=True)))

    assert notifications(State.CANCELLED) == [("start_training", "jane", 0)]
    assert notifications(State.PENDING) == [("training_congratulation", "jane", 40)]
