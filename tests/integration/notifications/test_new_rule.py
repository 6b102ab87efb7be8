"""docs/notifications.md does what it says: its file is all that a third rule takes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.checks import check_rules
from notifications.models import State
from notifications.rules.registry import rules, timer
from tests.support.fitness import happen, launch, notifications, program

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[3] / "docs" / "notifications.md"
DAY = 24 * 60


@pytest.fixture
def rule() -> Iterator[None]:
    """The rule of the page, for a while."""
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    exec(compile(source, PAGE.name, "exec"), {"__name__": "come_back"})
    yield
    rules.remove("come_back")


def test_the_rule_of_the_page_works(rule: None) -> None:
    happen(program("finished", 0, user="ann"), program("finished", 0, user="bob"))
    happen(launch(3 * DAY, user="bob"), launch(3 * DAY + 1, user="ann"))
    pushes = [(user, minutes) for name, user, minutes in notifications(State.PENDING) if name == "come_back"]
    assert pushes == [("ann", 0)]
    cancelled = [(user, minutes) for name, user, minutes in notifications(State.CANCELLED) if name == "come_back"]
    assert cancelled == [("bob", 0)]


@pytest.mark.parametrize(
    ("trigger", "per_item", "complaint"),
    [("no_such_type", False, "which is no event type"), ("app_launch", True, "declares none")],
)
def test_a_rule_that_does_not_fit_the_event_types_stops_the_program(
    trigger: str, per_item: bool, complaint: str
) -> None:
    timer("misfit", trigger=trigger, cancelled_by=(), delay_seconds=lambda: 1, per_item=per_item)(lambda _: {})
    try:
        (error,) = check_rules()
    finally:
        rules.remove("misfit")
    assert "'misfit'" in error.msg
    assert complaint in error.msg
