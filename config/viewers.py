"""The group of those who see everything in the admin and change nothing."""

from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

NAME = "viewers"


def keep_viewers() -> None:
    """After each migration, once: the permissions of all apps are there when the last one is told."""
    *_, last = (app for app in apps.get_app_configs() if app.models_module)
    post_migrate.connect(_let_viewers_see_everything, sender=last)


def _let_viewers_see_everything(using: str, apps: Apps = apps, **_: Any) -> None:
    # `flush` sends the signal without `apps`: those of today.
    try:
        group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # a migration back to before there were any
        return
    viewers, _created = group.objects.using(using).get_or_create(name=NAME)
    viewers.permissions.add(*permission.objects.using(using).filter(codename__startswith="view_"))
