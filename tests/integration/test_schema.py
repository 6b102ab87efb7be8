"""The tables that migrations make are those that the models declare, and every index has a reader."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Index, Model, Q

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OURS = ("events", "watchtime", "notifications")
#: Indexes that an app adds to the table of another, which a model cannot say.
ADDED = {
    "events": [
        Index(
            fields=["user_key", "time"],
            condition=Q(type__in=["app_launch", "training_program_started"]),
            name="events_user_fitness",
        )
    ]
}
MODELS = [
    model
    for app in apps.get_app_configs()
    if app.name.split(".")[0] in OURS
    for model in app.get_models()
    if model._meta.managed
]

COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text, attgenerated::text, collname,
    pg_get_expr(adbin, adrelid)
FROM pg_attribute
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
LEFT JOIN pg_collation ON pg_collation.oid = attcollation
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attname
"""
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1"
# NOT NULL is compared with the columns; before PostgreSQL 18 it is no constraint.
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype <> 'n' ORDER BY conname
"""


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def described(table: str) -> dict[str, list[Any]]:
    """A table as PostgreSQL's catalog has it, whatever schema it lies in, partitioned or not."""
    schema = table.split(".")[0]
    return {
        "columns": rows(COLUMNS, table),
        "indexes": [index.replace(" ON ONLY ", " ON ").replace(f"{schema}.", "") for (index,) in rows(INDEXES, table)],
        "constraints": rows(CONSTRAINTS, table),
    }


@pytest.fixture
def declared() -> str:
    """A schema in which tables are made as the models declare them."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA declared")
        cursor.execute("SET LOCAL search_path = declared, public")
    return "declared"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_migrated_table_is_what_its_model_declares(declared: str, model: type[Model]) -> None:
    table = model._meta.db_table
    with connection.schema_editor() as editor:
        editor.create_model(model)
        for index in ADDED.get(table, ()):
            editor.add_index(model, index)
    assert described(f"public.{table}") == described(f"{declared}.{table}")


def test_there_is_no_index_that_no_model_declares() -> None:
    names = {f"{model._meta.db_table}_pkey" for model in MODELS}
    for model in MODELS:
        names |= {index.name for index in model._meta.indexes}
        names |= {index.name for index in ADDED.get(model._meta.db_table, ())}
        names |= {constraint.name for constraint in model._meta.constraints}
    tables = [model._meta.db_table for model in MODELS]
    made = rows("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)", tables)
    assert {name for (name,) in made} <= names


def test_whoever_uses_an_index_says_so() -> None:
    """No index without a reader: each is named beside a query, or in the code that filters by it."""
    files = [path.relative_to(ROOT) for folder in OURS for path in (ROOT / folder).rglob("*.[ps][yq]*")]
    readers = "\n".join(
        (ROOT / path).read_text()
        for path in files
        if path.suffix in (".py", ".sql") and not {"models", "models.py", "migrations"} & set(path.parts)
    )
    declared = [index.name for model in MODELS for index in model._meta.indexes]
    declared += [index.name for indexes in ADDED.values() for index in indexes]
    assert [name for name in declared if not re.search(rf"\b{name}\b", readers)] == []
