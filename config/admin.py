"""The admin's pages about itself: what was done in it, and who logged in or tried to."""

from axes.admin import AccessAttemptAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from events.read_only_admin import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    ordering = ("-id",)
    list_display = ("action_time", "user", "content_type", "object_repr", "what")
    list_select_related = ("user", "content_type")
    list_filter = (("user", admin.RelatedOnlyFieldListFilter), "action_flag")
    search_fields = ()  # type: ignore[assignment] # a user is chosen by the filter
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "what")
    readonly_fields = fields

    @admin.display(description="what was done")
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()


@admin.register(AccessAttempt)
class FailedLoginAdmin(AccessAttemptAdmin):
    """Deleting an attempt ends its lock-out."""

    actions = ()

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        """They are facts."""
        return False


@admin.register(AccessLog)
class LoginAdmin(AccessLogAdmin):
    def has_change_permission(self, request: HttpRequest, obj: AccessLog | None = None) -> bool:
        """They are facts."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AccessLog | None = None) -> bool:
        """Not by hand: `manage.py axes_reset_logs --age 90`."""
        return False
