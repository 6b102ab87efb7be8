"""The admin's pages: they show, search by index, replay, and change nothing."""

import json

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model, UniqueConstraint
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.admin import EventAdmin
from events.clock import utc_now
from events.intake.accept import accept_batch
from events.models import Event, FailedEvent
from events.read_only_admin import MOST_COUNTED, EstimatingPaginator, ReadOnlyAdmin, harmless, short
from tests.support.pipeline import chunk_ids, heartbeat, post, process

pytestmark = pytest.mark.django_db

PAGES = (
    *("events/event", "events/operation", "events/chunk", "events/failedevent", "events/unsupportedevent"),
    *("events/duplicateevent", "watchtime/pairtotal", "watchtime/movietotal", "watchtime/usertotal"),
)


@pytest.fixture
def operator() -> Client:
    """A browser of somebody who may do everything."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("operator"))
    return client


def post_some() -> None:
    """Events of every kind."""
    process(post([heartbeat("ann", "alien", 1, id="1"), heartbeat("ann", "alien", 1, id="1"), {"user": "bad"}]))
    accept_batch([b'{"type": "mystery"}'], type_name=None, now=utc_now())


@pytest.mark.parametrize("page", PAGES)
def test_every_list_and_every_row_can_be_looked_at_and_not_changed(operator: Client, page: str) -> None:
    post_some()
    listed = operator.get(f"/admin/{page}/")
    assert listed.status_code == 200
    changes = listed.context["cl"]
    assert changes.result_count == (2 if page == "events/operation" else 1)
    row = changes.result_list[0]
    shown = operator.get(f"/admin/{page}/{row.pk}/change/")
    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert operator.get(f"/admin/{page}/add/").status_code == 403
    assert operator.post(f"/admin/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def found_by(client: Client, page: str, search: str) -> int:
    """How many rows a search finds."""
    return int(client.get(f"/admin/{page}/", {"q": search}).context["cl"].result_count)


def test_searching_by_id_key_and_prefix(operator: Client) -> None:
    process(post([heartbeat("ann", "alien", 1), heartbeat("anna", "heat", 1), heartbeat("bob", "alien", 2)]))
    event = Event.objects.order_by("id")[0]
    assert found_by(operator, "events/event", str(event.pk)) == 1
    assert found_by(operator, "events/event", "ann") == 1
    assert found_by(operator, "events/event", "ann*") == 2
    assert found_by(operator, "events/event", "nn") == 0
    assert found_by(operator, "events/event", "' OR 1=1 --") == 0
    assert found_by(operator, "watchtime/pairtotal", "ann") == 1
    assert found_by(operator, "events/chunk", str(chunk_ids()[0])) == 1
    assert found_by(operator, "events/chunk", "9" * 30) == 0


def indexed_first(model: type[Model]) -> set[str]:
    """The columns that an index of the model's table begins with."""
    options = model._meta
    keys = [each.fields for each in options.constraints if isinstance(each, UniqueConstraint)]
    keys += [each.fields for each in options.indexes if each.fields]
    return {options.pk.name, *(fields[0] for fields in keys)}


@pytest.mark.parametrize("page", [each for each in admin.site._registry.values() if isinstance(each, ReadOnlyAdmin)])
def test_whatever_is_searched_is_the_first_of_an_index(page: ReadOnlyAdmin) -> None:
    assert {*page.id_search, *page.key_search} <= indexed_first(page.model)


@pytest.mark.parametrize("search", ["ann", "ann*"])
def test_a_search_for_a_user_uses_the_index(search: str) -> None:
    page = EventAdmin(Event, admin.site)
    found, _ = page.get_search_results(None, Event.objects.all(), search)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert found.order_by().explain().count("Index Cond: ((user_key" if "*" in search else "Index Cond: (user_key") >= 2


def test_no_list_of_a_big_table_is_counted_to_its_end(operator: Client) -> None:
    post_some()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        operator.get("/admin/events/event/")
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all(f"LIMIT {MOST_COUNTED + 1}" in count for count in counts)


def test_beyond_the_limit_the_estimate_is_shown_and_pages_end(monkeypatch: pytest.MonkeyPatch) -> None:
    process(post([heartbeat("ann", "alien", at) for at in range(30)]))
    monkeypatch.setattr("events.read_only_admin.MOST_COUNTED", 20)
    paginator = EstimatingPaginator(Event.objects.order_by("-id"), 5)
    assert paginator.count > 20
    assert paginator.num_pages == 4


def test_a_failed_event_is_replayed_by_the_action(operator: Client) -> None:
    chunks = post([{"user": "ann"}, heartbeat("ann", "alien", 5)])
    process(chunks)
    failed = FailedEvent.objects.get()
    # the cause goes away: what was missing is there now
    FailedEvent.objects.update(payload=json.dumps(heartbeat("ann", "heat", 7)))
    answer = operator.post(
        "/admin/events/failedevent/", {"action": "replay", "_selected_action": [str(failed.pk)]}, follow=True
    )
    assert b"1 events go through the pipeline again." in answer.content
    process([chunk for chunk in chunk_ids() if chunk not in chunks])
    assert not FailedEvent.objects.exists()
    assert Event.objects.filter(item_key="heat", pk=failed.pk).exists()


def test_who_may_only_look_is_offered_no_replay() -> None:
    process(post([{"user": "ann"}, heartbeat("ann", "alien", 5)]))
    looker = User.objects.create_user("looker", is_staff=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(looker)
    assert client.get("/admin/events/failedevent/").status_code == 403
    from django.contrib.auth.models import Permission

    looker.user_permissions.add(Permission.objects.get(codename="view_failedevent"))
    page = client.get("/admin/events/failedevent/")
    assert page.status_code == 200
    assert b'value="replay"' not in page.content


def test_harmful_names_are_shown_harmlessly(operator: Client) -> None:
    process(post([heartbeat("<script>alert(1)</script>", "\u202eevil", 1, note="<b>\u2066bold")]))
    event = Event.objects.get()
    for page in ("/admin/events/event/", f"/admin/events/event/{event.pk}/change/"):
        content = operator.get(page).content.decode()
        assert "<script>alert" not in content
        assert "<b>" not in content
        assert "\u2066" not in content
    assert harmless("a\u202eb\x07") == "a\\u202eb\\u0007"
    assert short("x" * 100) == "x" * 80 + "…"
