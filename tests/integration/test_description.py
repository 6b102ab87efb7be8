"""The description of the API is complete."""

from django.core.management import call_command

from events.types.base import EventData, Key
from events.types.registry import event_type, event_types


def test_every_route_is_described() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_a_new_event_type_is_described_by_itself() -> None:
    from drf_spectacular.generators import SchemaGenerator

    @event_type("rating", user="user")
    class Rating(EventData, frozen=True):
        """A user says how much they liked something."""

        user: Key
        stars: int

    try:
        schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]  # type: ignore[no-untyped-call]
    finally:
        event_types.remove("rating")
    assert schemas["event.rating"]["required"] == ["user", "stars"]
    assert {"$ref": "#/components/schemas/event.rating"} in schemas["EventOfRoute"]["anyOf"]
    assert any(one.get("properties", {}).get("type") == {"const": "rating"} for one in schemas["AnyEvent"]["anyOf"])
