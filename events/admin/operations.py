"""Operations: requests with several events."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events.admin_filters import ReceivedFilter
from events.models import Operation
from events.read_only_admin import ReadOnlyAdmin


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """Requests with several events."""

    ordering = ("-id",)
    list_display = (
        "id",
        "created_at",
        "finished_at",
        "total",
        "handled",
        "failed",
        "duplicate",
        "cancelled",
        "rejected",
    )
    list_filter = (ReceivedFilter,)
    id_search = ("id",)
    search_help_text = "An operation's id"
    fields = (
        *("id", "created_at", "finished_at", "total", "handled", "failed", "duplicate", "cancelled", "rejected"),
        *("unsupported", "its_chunks", "its_failures"),
    )
    readonly_fields = fields

    @admin.display(description="chunks")
    def its_chunks(self, operation: Operation) -> SafeString:
        """A link to its chunks."""
        return format_html('<a href="../../../chunk/?q={}">chunks</a>', operation.id)

    @admin.display(description="failures")
    def its_failures(self, operation: Operation) -> SafeString:
        """A link to what failed."""
        return format_html('<a href="../../../failedevent/?q={}">failed events</a>', operation.id)
