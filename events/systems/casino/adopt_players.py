"""Taking over a table `players` that a database has already, rows and all (docs/casino.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.management.base import CommandError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import Model

from events.systems.casino.queries import queries

#: PostgreSQL's names of the types that each column may have, and how people call them.
FITTING = {
    "id": (("int2", "int4", "int8"), "smallint, integer or bigint: events name players by whole numbers"),
    "email": (("varchar", "text", "citext"), "varchar, text or citext"),
    "last_signed_in_at": (("timestamptz", "timestamp"), "timestamp with or without time zone (then it is UTC)"),
}
ORDINARY_TABLES = ("r", "p")


class Column(NamedTuple):
    """A column of the table: the name of its type, without domains, and its type as people write it."""

    type: str
    written: str


class AdoptOrCreateModel(CreateModel):
    """Creates the model's table, or takes over one of its name whose columns fit. Going back leaves the table.

    Raises:
        CommandError: there is a table and it does not fit; the message says which columns. Nothing was changed.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Creates, adopts or refuses."""
        model: type[Model] = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(queries.kind_of_relation.sql, {"table": table})
            kind = cursor.fetchone()
            if kind is None:
                super().database_forwards(app_label, schema_editor, from_state, to_state)
                return
            complaints = _complaints(cursor, table, kind[0])
            if complaints:
                raise CommandError(
                    f"The database has a relation {table} that can't be taken over: {'; '.join(complaints)}. Nothing "
                    "was changed. Mend it, or move it out of the way, and migrate again."
                )
            _add_what_is_missing(cursor, model, schema_editor)

    def database_backwards(self, *_args: Any) -> None:
        """Leaves the table, whose rows nobody else has."""

    def describe(self) -> str:
        """For `migrate --plan`."""
        return f"Take over or create the table of {self.name}"


def _complaints(cursor: CursorWrapper, table: str, kind: str) -> list[str]:
    """Why the relation does not fit; empty if it does."""
    if kind not in ORDINARY_TABLES:
        return ["it is no ordinary table"]
    cursor.execute(queries.columns_of_table.sql, {"table": table})
    columns = {name: Column(*rest) for name, *rest in cursor.fetchall()}
    return _unfitting(columns) or _ambiguous(cursor)


def _unfitting(columns: Mapping[str, Column]) -> list[str]:
    complaints = []
    for name, (types, words) in FITTING.items():
        if name not in columns:
            complaints.append(f"the column {name} is missing ({words})")
        elif columns[name].type not in types:
            complaints.append(f"the column {name} is {columns[name].written}, and must be {words}")
    return complaints


def _ambiguous(cursor: CursorWrapper) -> list[str]:
    cursor.execute(queries.ambiguous_players.sql)
    nulls, repeated = cursor.fetchone()
    return ["the column id is null in some rows"] * nulls + ["the column id has some numbers more than once"] * repeated


def _add_what_is_missing(cursor: CursorWrapper, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The indexes that the product needs: a number finds one player, and an address is found quickly."""
    table = model._meta.db_table
    cursor.execute(queries.has_unique_id.sql, {"table": table})
    if cursor.fetchone() is None:
        cursor.execute(queries.add_unique_id.sql)
    for index in model._meta.indexes:
        if index.name not in _index_names(schema_editor, cursor, table):
            schema_editor.add_index(model, index)


def _index_names(schema_editor: BaseDatabaseSchemaEditor, cursor: CursorWrapper, table: str) -> Sequence[str]:
    return list(schema_editor.connection.introspection.get_constraints(cursor, table))
