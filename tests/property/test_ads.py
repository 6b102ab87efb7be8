"""The validator against its definition in a few lines of Python, on small random files."""

import re
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.ads import Row, Validation, read_csv, seen, served

times_of_day = ["9:00", "09:00", "9:01", "10:00", "23:59", "24:00", "soon", ""]
moments = [
    "2026-01-31T09:00",
    "2026-01-31T09:00Z",
    "2026-01-31T11:00+02:00",
    "2026-01-31T10:00:00.5Z",
    "2026-01-31 09:01",
]
times = st.sampled_from(times_of_day + moments)
ids = st.sampled_from(["a", "b", "B", "é", "=1", "'=1", "a,b", 'a"b', "a\nb", ""])
users = st.sampled_from(["ann", "bob", ""])
prices = st.sampled_from(["", "5", "-5", "1,50"])
serving_events = st.builds(lambda i, t, u, p: served(i, t, u, price=p), ids, times, users, prices)
kinds = st.sampled_from(["impression", "click", "conversion", ""])
user_events = st.builds(lambda i, t, p, u, k: seen(i, t, p, u, eventType=k), ids, times, ids, users, kinds)


def validated(serving: list[Row], user: list[Row]) -> list[Row]:
    best: dict[tuple[str, str], tuple[tuple[float, str, int], Row]] = {}
    for line, event in enumerate(user):
        parent, kind, at = event["parentEventId"], event["eventType"], moment(event)
        own = [ad for ad in serving if (ad["eventId"], ad["userId"]) == (parent, event["userId"]) and moment(ad)]
        ad = min(own, key=lambda ad: moment(ad)[1], default=None)
        follows = at and ad and moment(ad)[0] == at[0] and moment(ad)[1] < at[1]
        if event["eventId"] and parent and kind in ("impression", "click") and follows:
            row = event | {"advertiserId": ad["advertiserId"], "price": ad["price"]}
            candidate = ((at[1], event["eventId"], line), row)
            best[parent, kind] = min(best.get((parent, kind), candidate), candidate, key=lambda one: one[0])
    return [row for _, row in sorted(best.values(), key=lambda one: one[0][2])]


def moment(event: Row) -> tuple[bool, float] | tuple[()]:
    """Whether it has a date, and seconds; nothing if it is no time."""
    text = event["eventTimestamp"]
    if re.fullmatch(r"\d?\d:\d\d", text):
        hour, minute = map(int, text.split(":"))
        return (False, hour * 3600 + minute * 60) if hour < 24 else ()
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return ()
    return True, (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def as_read(row: Row) -> Row:
    """The row without the apostrophes that keep spreadsheets from running a cell."""
    return {name: re.sub(r"^'(?='*[=+\-@])", "", text) for name, text in row.items()}


@given(serving=st.lists(serving_events, max_size=8), user=st.lists(user_events, max_size=12))
def test_the_validator_agrees_with_its_definition(tmp_path: Path, serving: list[Row], user: list[Row]) -> None:
    validation = Validation(tmp_path)
    outcome = validation.of_rows(serving, user)
    expected = validated([as_read(row) for row in serving], [as_read(row) for row in user])
    assert [as_read(row) for row in read_csv(validation.out)] == expected
    assert outcome.valid + sum(outcome.dropped.values()) == len(user)
