"""Watch time by its definition, computed here without any of the product's code, and the totals as they are stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

#: From when the tests' heartbeats count their times. Long ago: the product refuses times that lie ahead.
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

#: Runs a query and answers its rows: `events.database.fetch_all`, or the like of another connection.
Fetch: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Beat:
    """A heartbeat with the order in which it counts: `when` is anything that sorts as its time does."""

    user: str
    movie: str
    at: int
    when: Any


@dataclass(frozen=True)
class Totals:
    """All three tables, whole: a row too many or too few is a difference.

    Attributes:
        pairs: (user, movie) -> (watch seconds, latest moment, furthest moment)
        movies: movie -> (watch seconds, viewers)
        users: user -> (watch seconds, movies)
    """

    pairs: dict[tuple[str, str], tuple[int, int | None, int | None]]
    movies: dict[str, tuple[int, int]]
    users: dict[str, tuple[int, int]]


def progress(moments: Sequence[int], max_step: float = float("inf")) -> int:
    """The policy `progress` in one line; `moments` in their order."""
    return sum(b - a for a, b in zip([0, *moments], moments, strict=False) if 0 < b - a <= max_step)


def total(moments: Sequence[int]) -> int:
    """The policy `sum` in one line."""
    return sum(moments)


def defined(beats: Iterable[Beat], policy: Callable[[Sequence[int]], int] = progress) -> Totals:
    """What the totals of these heartbeats are by definition; repetitions must have been left out."""
    moments: dict[tuple[str, str], list[int]] = defaultdict(list)
    for beat in sorted(beats, key=lambda beat: beat.when):
        moments[beat.user, beat.movie].append(beat.at)
    pairs = {pair: (policy(of_pair), of_pair[-1], max(of_pair)) for pair, of_pair in moments.items()}
    return Totals(pairs, _sums(pairs, part=1), _sums(pairs, part=0))


def _sums(pairs: dict[tuple[str, str], tuple[int, int, int]], *, part: int) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for pair, (seconds, *_) in pairs.items():
        so_far, count = sums[pair[part]]
        sums[pair[part]] = (so_far + seconds, count + 1)
    return dict(sums)


def stored(fetch: Fetch) -> Totals:
    """The totals as the product keeps them."""
    pairs = fetch("SELECT user_key, movie, watch_seconds, latest_moment, furthest_moment FROM watch_time_pairs")
    movies = fetch("SELECT movie, watch_seconds, viewers FROM watch_time_movies")
    users = fetch("SELECT user_key, watch_seconds, movies FROM watch_time_users")
    return Totals(
        {(row[0], row[1]): (row[2], row[3], row[4]) for row in pairs},
        {row[0]: (row[1], row[2]) for row in movies},
        {row[0]: (row[1], row[2]) for row in users},
    )
