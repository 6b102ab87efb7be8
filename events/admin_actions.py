"""Actions of the admin that are entered in its log: who did what, to how many, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest


class Done(NamedTuple):
    """What came of an action, for whoever chose it and for the log."""

    message: str
    is_all: bool = True


Action = Callable[[Any, HttpRequest, QuerySet[Any]], Done]


def recorded_action(
    description: str, *, permissions: list[str]
) -> Callable[[Action], Callable[[Any, HttpRequest, QuerySet[Any]], None]]:
    """Makes an action of a method of a ModelAdmin that does something to the rows chosen.

    The entry is written before anything is done: an action that breaks off has one, too.
    """

    def decorate(method: Action) -> Callable[[Any, HttpRequest, QuerySet[Any]], None]:
        @admin.action(description=description, permissions=permissions)
        @wraps(method)
        def action(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
            assert request.user.pk is not None  # the admin lets nobody in who is not logged in
            entry = LogEntry.objects.create(
                user_id=request.user.pk,
                content_type=ContentType.objects.get_for_model(model_admin.model),
                object_repr=f"{queryset.count()} {model_admin.opts.verbose_name_plural}",
                action_flag=CHANGE,
                change_message=f"{description}. It was begun, and not finished.",
            )
            done = method(model_admin, request, queryset)
            LogEntry.objects.filter(pk=entry.pk).update(change_message=f"{description}. {done.message}")
            model_admin.message_user(request, done.message, messages.SUCCESS if done.is_all else messages.WARNING)

        return action

    return decorate
