"""What follows from an attempt: from the status of the response, and from how many attempts there were."""

import pytest
from pytest_django import Settings

from notifications.models import State
from notifications.outcome import Outcome, outcome_of, retry_or_fail


def test_a_status_is_final_or_is_tried_again() -> None:
    states = {status: outcome_of(status, b"words", attempts=1, retry_after=None).state for status in range(100, 600)}
    final = {408, 429} ^ set(range(400, 500))
    assert {status for status, state in states.items() if state is State.SENT} == set(range(200, 300))
    assert {status for status, state in states.items() if state is State.FAILED} == final
    assert {status for status, state in states.items() if state is State.PENDING} == states.keys() - final - set(
        range(200, 300)
    )


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"),
    [(1, 0.75, 1.25), (2, 1.5, 2.5), (3, 3, 5), (7, 48, 80), (9, 192, 320), (10, 225, 375), (500, 225, 375)],
)
def test_pauses_double_up_to_five_minutes_and_vary_by_a_quarter(
    attempts: int, shortest: float, longest: float, settings: Settings
) -> None:
    settings.NOTIFY_MAX_ATTEMPTS = 1000
    pauses = [retry_or_fail("busy", attempts=attempts).pause_seconds for _ in range(200)]
    assert shortest <= min(pauses) < max(pauses) <= longest


@pytest.mark.parametrize(("asked_for", "expected"), [(90.0, 90.0), (3600.0, 3600.0)])
def test_retry_after_makes_a_pause_longer(asked_for: float, expected: float) -> None:
    assert outcome_of(503, b"", attempts=1, retry_after=asked_for).pause_seconds == expected


def test_retry_after_makes_no_pause_shorter() -> None:
    assert outcome_of(503, b"", attempts=5, retry_after=1.0).pause_seconds >= 12


def test_the_last_attempt_fails(settings: Settings) -> None:
    settings.NOTIFY_MAX_ATTEMPTS = 3
    assert retry_or_fail("busy", attempts=2).state is State.PENDING
    assert retry_or_fail("busy", attempts=3) == Outcome(State.FAILED, "given up after 3 attempts; the last: busy")
    assert retry_or_fail("busy", attempts=4).state is State.FAILED


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "HTTP 500"), (b" \r\n", "HTTP 500"), (b" busy\n", "HTTP 500: busy"), ("ünï".encode(), "HTTP 500: ünï")],
)
def test_the_words_of_the_service_are_in_the_reason(body: bytes, reason: str) -> None:
    assert outcome_of(500, body, attempts=1, retry_after=None).reason == reason
