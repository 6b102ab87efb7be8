"""Registries, and the declarations of event types."""

import pytest

from events.exceptions import AlreadyRegistered, InvalidDeclaration, NotRegistered
from events.registry import Registry
from events.types.base import EventData, Key
from events.types.registry import event_type, event_types


def test_an_unknown_key_names_those_there_are() -> None:
    registry: Registry[int] = Registry("thing", "things")
    registry.add("one", 1)
    with pytest.raises(NotRegistered, match="no thing 'two'; there are: one"):
        registry.get("two")
    with pytest.raises(AlreadyRegistered, match="'one' is registered already"):
        registry.add("one", 2)
    assert registry.get("one") == 1


def test_a_declaration_that_names_a_field_it_does_not_have() -> None:
    class Data(EventData, frozen=True):
        person: Key

    with pytest.raises(InvalidDeclaration, match="'user'"):
        event_type("wrong", user="user")(Data)
    assert "wrong" not in event_types


def test_no_event_type_is_called_like_those_that_are_counted_together() -> None:
    with pytest.raises(InvalidDeclaration, match="'other'"):
        event_type("other", user="user")
