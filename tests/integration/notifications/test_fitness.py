"""What users of the fitness app are told, and what not."""

from typing import Any

import pytest

from notifications.models import Notification, State
from tests.integration.notifications.conftest import Receiver
from tests.support.fitness import Event, accept, happen, ids, launch, notifications, once_settled, program
from tests.support.notifications import deliver
from tests.support.pipeline import process

pytestmark = pytest.mark.django_db

SAMPLE: list[Event] = [
    {"user_id": "foo2", "device_id": "bar2", "type": "app_launch", "time_stamp": "2021-02-28 16:22:52"},
    {
        "user_id": "foo1",
        "device_id": "bar1",
        "type": "training_program_started",
        "training_program_id": "2352",
        "training_program_title": "7 Minutes of HIIT Training",
        "time_stamp": "2021-02-28 16:23:25",
    },
    {
        "user_id": "foo2",
        "device_id": "bar2",
        "type": "training_program_started",
        "training_program_id": "2352",
        "time_stamp": "2021-02-28 16:52:00",
    },
    {
        "user_id": "foo2",
        "device_id": "bar2",
        "type": "training_program_cancelled",
        "training_program_id": "2352",
        "time_stamp": "2021-02-28 16:54:21",
    },
    {
        "user_id": "foo1",
        "device_id": "bar1",
        "type": "training_program_finished",
        "training_program_id": "2352",
        "time_stamp": "2021-02-28 16:59:43",
    },
]
EXPECTED: list[dict[str, Any]] = [
    {"type": "start_training", "user_id": "foo2", "device_id": "bar2"},
    {
        "type": "training_congratulation",
        "user_id": "foo1",
        "device_id": "bar1",
        "minutes": 36,
        "training_program_id": "2352",
        "training_program_title": "7 Minutes of HIIT Training",
    },
]


@pytest.mark.parametrize("requests", [[SAMPLE], [[event] for event in SAMPLE], [[event] for event in SAMPLE[::-1]]])
def test_the_sample_gives_one_push_and_one_congratulation(requests: list[list[Event]], receiver: Receiver) -> None:
    for events in requests:
        process(accept(events))
    deliver(ids(), clock=once_settled)
    assert sorted(receiver.bodies, key=lambda body: body["type"]) == EXPECTED
    assert "36" in next(body["message"] for _, body in receiver.calls if body["type"] == "training_congratulation")
    assert set(Notification.objects.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.parametrize(
    ("events", "pushed_at"),
    [
        ([launch(0)], [0]),
        ([launch(0), program("started", 10)], []),
        ([launch(0), program("started", 10 + 1 / 60)], [0]),
        ([launch(0), program("started", 10 + 1 / 60_000_000)], [0]),
        ([launch(0), program("started", 0)], []),
        ([program("started", 0), launch(1 / 60)], [1 / 60]),
        # A launch inside an open episode adds nothing, up to its very end; the next one opens another.
        ([launch(0), launch(5)], [0]),
        ([launch(0), launch(10)], [0]),
        ([launch(0), launch(10.1)], [0, 10.1]),
        ([launch(0), launch(4), program("started", 3)], [4]),
        ([launch(0), launch(2), program("started", 3)], []),
        ([launch(0), program("started", 3), launch(8), program("started", 18.5)], [8]),
        ([launch(0), program("cancelled", 3), program("finished", 4)], [0]),
        ([launch(0, user="ann"), program("started", 3, user="bob")], [0]),
    ],
)
def test_who_starts_no_training_in_ten_minutes_is_pushed(events: list[Event], pushed_at: list[float]) -> None:
    happen(*events)
    pending = notifications(State.PENDING)
    assert [minutes for rule, _, minutes in pending if rule == "start_training"] == [round(at, 3) for at in pushed_at]


@pytest.mark.parametrize(
    ("events", "congratulated"),
    [
        ([program("started", 0), program("finished", 30)], []),
        ([program("started", 0), program("finished", 30 + 1 / 60)], [(30 + 1 / 60, 30)]),
        ([program("started", 0), program("finished", 36.3)], [(36.3, 36)]),
        ([program("started", 0), program("finished", 40 * 60)], [(2400, 2400)]),
        ([program("started", 0), program("cancelled", 5), program("finished", 36)], []),
        ([program("finished", 36)], []),
        ([program("started", 0), program("finished", 36), program("finished", 37)], [(36, 36)]),
        ([program("started", 0, of="hiit"), program("finished", 36, of="yoga")], []),
        ([program("started", 0, user="ann"), program("finished", 36, user="bob")], []),
        # It belongs to the latest start that nothing has ended yet.
        ([program("started", 0), program("started", 10), program("finished", 36)], []),
        ([program("started", 0), program("started", 10), program("finished", 20), program("finished", 36)], [(36, 36)]),
        (
            [program("started", 0), program("started", 10), program("cancelled", 20), program("finished", 36)],
            [(36, 36)],
        ),
        # The next session may begin at the moment in which one ends.
        (
            [program("started", 0), program("finished", 36), program("started", 36), program("finished", 70)],
            [(36, 36), (70, 34)],
        ),
    ],
)
def test_who_finishes_after_more_than_thirty_minutes_is_congratulated(
    events: list[Event], congratulated: list[tuple[float, int]]
) -> None:
    happen(*events)
    rows = Notification.objects.filter(rule="training_congratulation").order_by("occurred_at")
    assert [minutes for _, _, minutes in notifications()] == [round(at, 3) for at, _ in congratulated]
    assert [row.body["minutes"] for row in rows] == [minutes for _, minutes in congratulated]


@pytest.mark.parametrize("turn", [1, -1])
def test_events_of_one_moment_count_in_the_order_of_the_documentation(turn: int) -> None:
    at_once = [launch(36), program("finished", 36), program("started", 36), program("cancelled", 36)]
    happen(program("started", 0), *at_once[::turn])
    assert notifications(State.PENDING) == []


def test_the_reason_is_kept_with_a_push_that_was_prevented() -> None:
    happen(launch(0), program("started", 3))
    (row,) = Notification.objects.all()
    assert (row.state, row.reason) == (State.CANCELLED, "training_program_started at 2021-02-28T09:03:00+00:00")


def test_a_long_history_is_read_to_its_beginning_where_that_matters() -> None:
    # given a start, and then more ends than are read at first
    happen(program("started", 0))
    process(
        accept(
            [event for n in range(1, 101) for event in (program("started", n / 5), program("finished", n / 5 + 0.1))]
        )
    )
    happen(program("finished", 50))
    assert [row.body["minutes"] for row in Notification.objects.all()] == [50]


def test_without_a_title_the_start_names_the_program(receiver: Receiver) -> None:
    happen(
        program("started", 0, title="Yoga"), program("finished", 31), program("started", 40), program("finished", 80)
    )
    deliver(ids(), clock=once_settled)
    assert {body["minutes"]: body["training_program_title"] for body in receiver.bodies} == {31: "Yoga", 40: None}
