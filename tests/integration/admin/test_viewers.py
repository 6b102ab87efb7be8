"""Members of the group `viewers` see every page of the admin, and change nothing."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db.models import Model
from django.test import Client

from tests.support.admin_rows import MODELS, logged_in, make_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.groups.add(Group.objects.get(name="viewers"))
    return logged_in(user)


def page_of(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def contents() -> dict[str, list[Model]]:
    """Every row that the admin has a page for."""
    return {model._meta.label: list(model._default_manager.order_by("pk")) for model in MODELS}


def test_a_viewer_sees_every_page_and_can_change_nothing_there(viewer: Client) -> None:
    make_rows()
    index = viewer.get("/admin/").content.decode()
    before = contents()
    for model in MODELS:
        page = page_of(model)
        row = model._default_manager.order_by("pk")[0]
        assert page in index
        listed = viewer.get(page)
        assert listed.status_code == 200, page
        assert listed.context["cl"].result_count > 0, page
        assert listed.context["action_form"] is None, f"a viewer is offered actions on {page}"
        shown = viewer.get(f"{page}{row.pk}/change/")
        assert shown.status_code == 200, page
        assert b'name="_save"' not in shown.content, page
        assert viewer.get(f"{page}add/").status_code == 403, page
        for path in (f"{page}add/", f"{page}{row.pk}/change/", f"{page}{row.pk}/delete/"):
            assert viewer.post(path, {"post": "yes"}).status_code == 403, path
        for action in ("delete_selected", *(admin.site._registry[model].actions or ())):
            viewer.post(page, {"action": action, "_selected_action": [str(row.pk)], "post": "yes"})
    assert contents() == before


def test_a_viewer_does_not_see_what_second_factors_are_made_from(viewer: Client) -> None:
    make_rows()
    for page in ("otp_totp/totpdevice", "otp_static/staticdevice"):
        device = viewer.get(f"/admin/{page}/").context["cl"].result_list[0]
        shown = viewer.get(f"/admin/{page}/{device.pk}/change/").content
        assert b"somebody" in shown
        assert b"c0ffee" not in shown
        assert b"backup-code-1" not in shown
    assert viewer.get(f"/admin/otp_totp/totpdevice/{device.pk}/config/").status_code == 403


def test_a_migration_gives_the_group_what_a_new_app_lets_one_see() -> None:
    viewers = Group.objects.get(name="viewers")
    viewers.permissions.clear()
    call_command("migrate", verbosity=0)
    assert set(viewers.permissions.all()) == set(Permission.objects.filter(codename__startswith="view_"))
