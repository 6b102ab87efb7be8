"""`manage.py recompute_watch_time`: finds totals that differ from the stored events, names them, and mends them."""

import pytest
from django.core.management import call_command
from pytest_django import Settings

from events.database import execute, fetch_all
from events.states import ChunkState
from tests.support import watch_time
from tests.support.pipeline import heartbeat, post, process, run_to
from tests.support.watch_time import Beat, defined, stored

pytestmark = pytest.mark.django_db(transaction=True)

BEATS = [
    Beat("ann", "alien", 10, 1),
    Beat("ann", "alien", 30, 2),
    Beat("ann", "brazil", 5, 3),
    Beat("bob", "alien", 7, 4),
]
RIGHT = defined(BEATS)


@pytest.fixture(autouse=True)
def _counted(transactional_db: None) -> None:
    process(post(heartbeat(beat.user, beat.movie, beat.at, second=beat.when) for beat in BEATS))
    assert stored(fetch_all) == RIGHT


def check(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Runs the check; its exit code and the lines it printed."""
    capsys.readouterr()
    code = 0
    try:
        call_command("recompute_watch_time", "--check")
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().out.splitlines()


def test_right_totals_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys) == (0, ["All totals agree with the stored events."])
    call_command("recompute_watch_time")
    assert stored(fetch_all) == RIGHT


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "UPDATE watch_time_pairs SET watch_seconds = 31 WHERE (user_key, movie) = ('ann', 'alien')",
            "pair ann / alien",
        ),
        (
            "UPDATE watch_time_pairs SET latest_moment = 1 WHERE (user_key, movie) = ('bob', 'alien')",
            "pair bob / alien",
        ),
        ("UPDATE watch_time_pairs SET furthest_moment = 9 WHERE movie = 'brazil'", "pair ann / brazil"),
        ("DELETE FROM watch_time_pairs WHERE movie = 'brazil'", "pair ann / brazil"),
        (
            "INSERT INTO watch_time_pairs (user_key, movie, updated_at) VALUES ('cid', 'alien', now())",
            "pair cid / alien",
        ),
        ("UPDATE watch_time_movies SET watch_seconds = 0 WHERE movie = 'alien'", "movie alien"),
        ("UPDATE watch_time_movies SET viewers = 3 WHERE movie = 'alien'", "movie alien"),
        ("DELETE FROM watch_time_movies WHERE movie = 'brazil'", "movie brazil"),
        ("INSERT INTO watch_time_movies (movie, watch_seconds) VALUES ('casablanca', 1)", "movie casablanca"),
        ("UPDATE watch_time_users SET watch_seconds = watch_seconds + 1 WHERE user_key = 'bob'", "user bob"),
        ("DELETE FROM watch_time_users WHERE user_key = 'ann'", "user ann"),
        ("INSERT INTO watch_time_users (user_key, movies) VALUES ('cid', 1)", "user cid"),
    ],
)
def test_a_total_changed_by_hand_is_named_and_mended(
    change: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(change)
    wrong = stored(fetch_all)
    code, lines = check(capsys)
    assert code == 1
    assert any(line.startswith(f"{named}: stored ") for line in lines)
    assert "without --check" in lines[-1]
    assert stored(fetch_all) == wrong  # a check changes nothing

    call_command("recompute_watch_time")
    assert stored(fetch_all) == RIGHT
    assert check(capsys) == (0, ["All totals agree with the stored events."])


def test_events_under_way_are_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    (chunk_id,) = post([heartbeat("ann", "alien", 50, second=9), heartbeat("dan", "alien", 1, second=9)])
    run_to(chunk_id, ChunkState.PERSISTED)
    assert check(capsys) == (0, ["All totals agree with the stored events."])
    call_command("recompute_watch_time")
    process([chunk_id])
    assert stored(fetch_all) == defined([*BEATS, Beat("ann", "alien", 50, 9), Beat("dan", "alien", 1, 9)])


def test_another_policy_makes_all_totals_its_own(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.WATCHTIME_POLICY = "sum"
    assert check(capsys)[0] == 1
    call_command("recompute_watch_time")
    assert stored(fetch_all) == defined(BEATS, watch_time.total)

    settings.WATCHTIME_POLICY = "progress"
    settings.WATCHTIME_MAX_STEP = 10
    assert check(capsys)[0] == 1
    call_command("recompute_watch_time")
    assert stored(fetch_all) == defined(BEATS, lambda moments: watch_time.progress(moments, 10))
