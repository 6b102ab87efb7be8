"""The rules of notifications, whatever a user did: what they find is what their definitions say."""

from hypothesis import given
from hypothesis import strategies as st

from notifications.activity import NeedsWholeHistory
from notifications.rules.registry import rules
from tests.support.activities import Done, congratulated, done, episodes, history, launch

MOMENTS = st.integers(0, 60).map(lambda half_minutes: half_minutes / 2)
DONE = st.tuples(st.sampled_from(["started", "cancelled", "finished"]), st.integers(0, 200).map(float))


def episodes_by_definition(launches: list[float], starts: list[float]) -> list[tuple[float, bool]]:
    """An episode lasts from the first launch after the one before, until a start or for ten minutes, ends included."""
    found: list[tuple[float, bool]] = []
    closed_at = -1.0
    while later := [minutes for minutes in launches if minutes > closed_at]:
        opened_at = min(later)
        inside = [minutes for minutes in starts if opened_at <= minutes <= opened_at + 10]
        found.append((opened_at, not inside))
        closed_at = min(inside, default=opened_at + 10)
    return found


def congratulations_by_definition(what: list[Done]) -> list[tuple[float, int]]:
    """For each end the latest start before it that no earlier end belongs to."""
    rank = {"cancelled": 0, "finished": 1, "started": 2}
    ordered = sorted(what, key=lambda each: (each[1], rank[each[0]]))
    ended: set[int] = set()
    expected: list[tuple[float, int]] = []
    for position, (name, minutes) in enumerate(ordered):
        if name == "started":
            continue
        starts = [at for at in range(position) if ordered[at][0] == "started" and at not in ended]
        if starts:
            ended.add(starts[-1])
            lasted = minutes - ordered[starts[-1]][1]
            if name == "finished" and lasted > 30:
                expected.append((minutes, int(lasted)))
    return expected


@given(launches=st.lists(MOMENTS, max_size=8), starts=st.lists(MOMENTS, max_size=8))
def test_episodes_are_those_of_the_definition(launches: list[float], starts: list[float]) -> None:
    activities = [*map(launch, launches), *(done("started", minutes) for minutes in starts)]
    assert episodes(*activities) == episodes_by_definition(launches, starts)


@given(launches=st.lists(MOMENTS, max_size=8), starts=st.lists(MOMENTS, max_size=8), data=st.data())
def test_from_the_opening_of_any_episode_on_the_rest_is_found_without_what_was_before(
    launches: list[float], starts: list[float], data: st.DataObject
) -> None:
    activities = [*map(launch, launches), *(done("started", minutes) for minutes in starts)]
    whole = episodes(*activities)
    since = data.draw(st.sampled_from([opened_at for opened_at, _ in whole] or [0.0]))
    later = [each for each in activities if each.time_us >= launch(since).time_us]
    assert episodes(*later) == [each for each in whole if each[0] >= since]


@given(what=st.lists(DONE, max_size=12))
def test_congratulations_are_those_of_the_definition(what: list[Done]) -> None:
    assert congratulated(*what) == congratulations_by_definition(what)


@given(what=st.lists(DONE, min_size=1, max_size=12), data=st.data())
def test_a_history_that_was_cut_off_gives_the_same_or_asks_for_all_of_it(what: list[Done], data: st.DataObject) -> None:
    rule = rules.get("training_congratulation")
    whole = history(rule, [done(*each) for each in what]).activities
    moments = sorted({each.time_us for each in whole})
    cut_us = data.draw(st.sampled_from(moments))
    since_us = data.draw(st.sampled_from([moment for moment in moments if moment >= cut_us]))
    later = [each for each in whole if each.time_us >= cut_us]
    try:
        found = rule.plan(history(rule, later, since_us=since_us, complete=False))
    except NeedsWholeHistory:
        return
    expected = [each for each in rule.plan(history(rule, whole)) if each.trigger.time_us >= since_us]
    assert [each for each in found if each.trigger.time_us >= since_us] == expected
