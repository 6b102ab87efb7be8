"""Lists reach PostgreSQL as they are, whatever texts they hold."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.database import fetch_one

pytestmark = pytest.mark.django_db

#: PostgreSQL's text holds every character but U+0000, and no lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.lists(st.one_of(st.none(), texts, st.sampled_from(["", "NULL", '"', "\\", ",", "{", "a b"]))))
def test_texts_arrive_as_they_are(values: list[str | None]) -> None:
    assert fetch_one("SELECT %(values)s::text[]", {"values": values}) == (values,)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))))
def test_numbers_arrive_as_they_are(values: list[int | None]) -> None:
    assert fetch_one("SELECT %(values)s::bigint[]", {"values": values}) == (values,)


def test_ids_arrive_as_they_are() -> None:
    values = [uuid.uuid4(), uuid.uuid4()]
    assert fetch_one(
        "SELECT %(values)s::uuid[] = ARRAY[%(first)s, %(second)s]::uuid[]",
        {
            "values": values,
            "first": values[0],
            "second": values[1],
        },
    ) == (True,)
