"""The admin's page of API keys: they can be looked at, made and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from events.access.issuing import issue, revoke
from events.access.models import ApiKey
from events.access.scopes import Scope
from events.clock import utc_now

if TYPE_CHECKING:
    # Generic for the type checker only.
    _ModelAdmin = admin.ModelAdmin[ApiKey]
    _ModelForm = forms.ModelForm[ApiKey]
else:
    _ModelAdmin, _ModelForm = admin.ModelAdmin, forms.ModelForm


class ApiKeyForm(_ModelForm):
    """What an operator says about a new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at", "limit", "origins")
        widgets = {name: forms.TextInput({"class": "vTextField"}) for name in ("name", "limit")}
        help_texts = {
            "name": "Whose it is. Keys of one name are of one owner, so a client can replace its key.",
            "expires_at": "In UTC; empty: when it is revoked.",
            "limit": "Events it may send by s, m, h or d, such as 1000/s.",
            "origins": "Of web pages, separated by commas. It is public then, and can only ingest.",
        }


@admin.register(ApiKey)
class ApiKeyAdmin(_ModelAdmin):
    """Nobody changes or deletes a key: what it sent stays its owner's."""

    form = ApiKeyForm
    ordering = ("-id",)
    list_display = ("prefix", "name", "scopes", "limit", "created_at", "expires_at", "last_used_at", "key_state")
    fields = ("name", "scopes", "expires_at", "limit", "origins")
    search_fields = ("name", "prefix")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        """Of one that was made, all that is known."""
        known = ("prefix", *self.fields, "created_at", "last_used_at", "revoked_at")
        return known if obj else self.fields

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys may revoke them."""
        return bool(request.user.has_perm("access.change_apikey"))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        obj.text = issue(obj, now=utc_now())

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Shows the key at once: after a redirect it would have to be kept somewhere in between."""
        context = {**self.admin_site.each_context(request), "title": "The key was made", "key": obj}
        return TemplateResponse(request, "admin/access/apikey/created.html", context)

    @admin.display(description="state")
    def key_state(self, key: ApiKey) -> str:
        return key.state(now=utc_now())

    @admin.action(description="Revoke: refused everywhere within seconds", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = [key for key in queryset if revoke(key, now=utc_now())]
        for key in revoked:
            self.log_change(request, key, "Revoked.")
        level = messages.SUCCESS if revoked else messages.WARNING
        self.message_user(request, f"{len(revoked)} keys were revoked; each is refused within seconds.", level)
