"""What a window says of the future, against the rule of the library's script, with a clock of our own."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from events.access.rates import Rate
from events.intake.windows import Window

SECONDS = st.sampled_from([1, 60, 3600])
#: Milliseconds that go by, as parts of a window, and events that are sent then.
STEPS = st.lists(st.tuples(st.floats(0, 1.5), st.integers(1, 12)), max_size=12)


@dataclass
class Counted:
    """The counts of a sender: those of the present window, which began at a moment, and of the one before."""

    rate: Rate
    now: int = 0
    began: int | None = None
    events: int = 0
    before: int = 0

    @property
    def length(self) -> int:
        return self.rate.seconds * 1000

    def look(self, *, granted: bool = True) -> Window:
        if self.began is None:
            return Window(granted, self.rate, 0, 0, 0, 0)
        ends_in = self.began + self.length - self.now
        return Window(granted, self.rate, self.before, ends_in if self.before else 0, self.events, ends_in)

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds
        while self.began is not None and self.now >= self.began + self.length:
            self.began, self.before, self.events = self.began + self.length, self.events, 0
            if not self.before:
                self.began = None

    def acquire(self, events: int) -> bool:
        if self.began is None:
            self.began = self.now
        weight = self.began + self.length - self.now
        if self.before * weight // self.length + self.events + events > self.rate.events:
            return False
        self.events += events
        return True


def after(steps: list[tuple[float, int]], rate: Rate) -> Counted:
    counted = Counted(rate)
    for part, events in steps:
        counted.advance(int(part * counted.length))
        counted.acquire(events)
    return counted


@given(STEPS, SECONDS, st.integers(1, 10))
def test_what_is_left_is_granted_and_no_more(steps: list[tuple[float, int]], seconds: int, limit: int) -> None:
    left = after(steps, Rate(limit, seconds)).look().left
    assert not after(steps, Rate(limit, seconds)).acquire(left + 1)
    assert after(steps, Rate(limit, seconds)).acquire(left)


@given(STEPS, SECONDS, st.integers(1, 10), st.data())
def test_who_waits_as_long_as_told_is_granted_and_not_before(
    steps: list[tuple[float, int]], seconds: int, limit: int, data: st.DataObject
) -> None:
    rate = Rate(limit, seconds)
    events = data.draw(st.integers(1, limit))
    wait = int(after(steps, rate).look().seconds_until(events) * 1000)

    punctual = after(steps, rate)
    punctual.advance(wait + 1)
    assert punctual.acquire(events)
    if wait > 1:
        early = after(steps, rate)
        early.advance(wait - 1)
        assert not early.acquire(events)
