"""How Django makes tables."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import schema
from django.db.models import Field, Model


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django gives each unique text a second index, for LIKE. With collation C the first one serves LIKE as well."""

    def _create_like_index_sql(self, model: type[Model], field: Field[Any, Any]) -> Any:
        if getattr(field, "db_collation", None) == "C":
            return None
        return super()._create_like_index_sql(model, field)  # type: ignore[misc]  # the stubs leave it out
