"""What the admin's pages have in common: they only show, and stay quick on tables of any size.

A list is ordered by its primary key, newest first where that is a time; it is searched by keys that have an index, and
never counted to its end.
"""

from __future__ import annotations

import contextlib
import json
import unicodedata
import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    # Generic for the type checker only.
    _Paginator = Paginator[Any]
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    _Paginator, AnyModelAdmin = Paginator, admin.ModelAdmin

#: Rows that are counted one by one, and that can be paged through; beyond it the planner's estimate is shown.
MOST_COUNTED = 10_000
LONGEST_CELL = 80
LONGEST_BLOCK = 100_000


class EstimatingPaginator(_Paginator):
    """Counts to MOST_COUNTED and no further."""

    @cached_property
    def count(self) -> int:
        """The number of rows: exact up to MOST_COUNTED, else what PostgreSQL's planner expects."""
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]
        counted: int = rows.order_by()[: MOST_COUNTED + 1].count()
        return counted if counted <= MOST_COUNTED else max(counted, _planned_rows(rows.order_by()))

    @property
    def num_pages(self) -> int:
        """Pages that can be reached: skipping many rows would read them all."""
        return -(-min(self.count, MOST_COUNTED) // self.per_page) or 1


def _planned_rows(rows: QuerySet[Model]) -> int:
    query, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", parameters)
        plan = cursor.fetchone()[0]
    document = json.loads(plan) if isinstance(plan, str) else plan
    return int(document[0]["Plan"]["Plan Rows"])


class ReadOnlyAdmin(AnyModelAdmin):
    """Shows rows and changes none.

    Attributes:
        id_search: field that a UUID in the search box is compared with, if any.
        key_search: text fields, each the first of an index, that any other search is compared with: equal, or, with
            an asterisk at the end, beginning with it.
    """

    id_search: ClassVar[tuple[str, ...]] = ()
    key_search: ClassVar[tuple[str, ...]] = ()

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count
    list_per_page = 50
    list_max_show_all = 0
    sortable_by = ()
    search_fields = ("pk",)  # shows the search box; get_search_results does the work

    class Media:
        css = {"all": ["events/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows that have the term as an id or a key, or, where it ends in `*`, a key that begins with it."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        wanted = Q()
        identifier = _as_uuid(term)
        if identifier is not None:
            for field in self.id_search:
                wanted |= Q((field, identifier))
        else:
            lookup, key = ("startswith", term[:-1]) if term.endswith("*") else ("exact", term)
            for field in self.key_search:
                wanted |= Q((f"{field}__{lookup}", key))
        return (queryset.filter(wanted) if wanted else queryset.none()), False


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def short(text: str | None) -> str:
    """A producer's text for a cell of a table: one line, at most LONGEST_CELL characters."""
    if text is None:
        return "-"
    visible = harmless(text.replace("\n", " "))
    return visible if len(visible) <= LONGEST_CELL else f"{visible[:LONGEST_CELL]}…"


def block(text: str) -> SafeString:
    """A producer's text, a traceback or a JSON document as preformatted text, escaped."""
    with contextlib.suppress(ValueError, RecursionError):  # what is not JSON is shown as it is
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return format_html('<pre class="verbatim">{}</pre>', harmless(text[:LONGEST_BLOCK]))


def harmless(text: str) -> str:
    """The text with control and formatting characters (bidi marks too) as escapes, so that none takes effect."""
    return "".join(
        f"\\u{ord(character):04x}"
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\n\t"
        else character
        for character in text
    )
