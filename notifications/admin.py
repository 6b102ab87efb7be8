"""The admin's page of notifications: they can be looked at, cancelled and sent again."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from events.admin_actions import Done, recorded_action
from events.clock import utc_now
from events.read_only_admin import ReadOnlyAdmin, block, short
from notifications import operator_actions
from notifications.models import Notification, State


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Uses notifications_state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    ordering = ("-id",)
    list_display = ("id", "rule", "user", "state", "short_reason", "due_at", "attempts", "next_at", "finished_at")
    list_filter = (StateFilter,)
    id_search = ("id",)
    key_search = ("user_key",)
    search_help_text = "A notification's id, or a user (jan* finds every one whose name begins so)"
    actions = ("cancel", "send_again")
    fields = (
        *("id", "rule", "user", "item_key", "state", "full_reason"),
        *("due_at", "occurred_at", "deadline_at", "trigger_id"),
        *("decided_at", "attempts", "next_at", "finished_at", "created_at", "pretty_body"),
    )
    readonly_fields = fields

    @admin.display(description="user")
    def user(self, notification: Notification) -> str:
        return short(notification.user_key)

    @admin.display(description="reason")
    def short_reason(self, notification: Notification) -> str:
        return short(notification.reason)

    @admin.display(description="reason")
    def full_reason(self, notification: Notification) -> SafeString:
        return block(notification.reason)

    @admin.display(description="body")
    def pretty_body(self, notification: Notification) -> SafeString:
        return block(json.dumps(notification.body))

    @recorded_action("Cancel what is pending", permissions=["operate"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Notification]) -> Done:
        """What is being delivered, or is through, stays as it is."""
        who = request.user.get_username()
        done = [operator_actions.cancel(key, who=who, now=utc_now()) for key in queryset.values_list("id", flat=True)]
        return _counted(done, "cancelled")

    @recorded_action("Send again what failed or was cancelled", permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> Done:
        done = [operator_actions.send_again(key, now=utc_now()) for key in queryset.values_list("id", flat=True)]
        return _counted(done, "will be sent again")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whoever may change notifications may cancel them and send them again."""
        return bool(request.user.has_perm("notifications.change_notification"))


def _counted(done: list[bool], what: str) -> Done:
    return Done(f"{sum(done)} of {len(done)} notifications {what}.", is_all=all(done))
