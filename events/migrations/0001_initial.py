"""The tables, made by the SQL beside this file: partitions, collations and storage are beyond Django's schema editor."""

from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

SCHEMA = Path(__file__).with_name("0001_schema.sql").read_text()
TABLES = (
    "operations, inbox, chunks, events, dedupe_keys, duplicate_events, failed_events, partial_events, "
    "unsupported_events, "
    "event_tallies, idempotent_answers, players"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            SCHEMA,
            reverse_sql=f"DROP TABLE {TABLES}",
            state_operations=[
                migrations.CreateModel(
                    name="Chunk",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("operation_id", models.UUIDField(null=True)),
                        (
                            "state",
                            models.TextField(
                                choices=[
                                    ("accepted", "Accepted"),
                                    ("enriched", "Enriched"),
                                    ("persisted", "Persisted"),
                                    ("aggregated", "Aggregated"),
                                    ("published", "Published"),
                                ]
                            ),
                        ),
                        ("size", models.IntegerField()),
                        ("payload", models.TextField()),
                        ("enrichment", models.TextField(null=True)),
                        ("types", ArrayField(models.TextField(), default=list)),
                        ("duplicates", ArrayField(models.IntegerField(), default=list)),
                        ("replayed", models.BooleanField(default=False)),
                        ("first_event_id", models.UUIDField()),
                        ("last_event_id", models.UUIDField()),
                        ("attempts", models.IntegerField(default=0)),
                        ("last_error", models.TextField(default="")),
                        ("last_traceback", models.TextField(default="")),
                        ("looked_up", models.IntegerField(default=0)),
                        ("waiting_for", models.TextField(default="")),
                        ("waits", models.IntegerField(default=0)),
                        ("lease_token", models.UUIDField(null=True)),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("sweeps", models.IntegerField(default=0)),
                        ("sweep_at", models.DateTimeField()),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "chunks",
                    },
                ),
                migrations.CreateModel(
                    name="DedupeKey",
                    fields=[
                        ("key", models.UUIDField(primary_key=True, serialize=False)),
                        ("event_id", models.UUIDField()),
                    ],
                    options={
                        "db_table": "dedupe_keys",
                    },
                ),
                migrations.CreateModel(
                    name="DuplicateEvent",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        ("original_id", models.UUIDField()),
                    ],
                    options={
                        "db_table": "duplicate_events",
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        ("user_key", models.TextField(verbose_name="user")),
                        ("item_key", models.TextField(null=True, verbose_name="item")),
                        ("time", models.DateTimeField()),
                        ("chunk_id", models.BigIntegerField()),
                        ("data", models.JSONField()),
                        ("enrichment", models.JSONField(null=True)),
                    ],
                    options={
                        "db_table": "events",
                    },
                ),
                migrations.CreateModel(
                    name="EventTally",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "type", "slot", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("type", models.TextField()),
                        ("slot", models.SmallIntegerField()),
                        ("processed", models.BigIntegerField(default=0)),
                        ("duplicate", models.BigIntegerField(default=0)),
                        ("failed", models.BigIntegerField(default=0)),
                        ("rejected", models.BigIntegerField(default=0)),
                        ("unsupported", models.BigIntegerField(default=0)),
                        ("cancelled", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "event_tallies",
                    },
                ),
                migrations.CreateModel(
                    name="FailedEvent",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        (
                            "step",
                            models.TextField(
                                choices=[
                                    ("validate", "Validate"),
                                    ("enrich", "Enrich"),
                                    ("persist", "Persist"),
                                    ("aggregate", "Aggregate"),
                                ]
                            ),
                        ),
                        ("operation_id", models.UUIDField(null=True)),
                        ("index", models.IntegerField(null=True)),
                        ("field", models.TextField(default="")),
                        ("code", models.TextField()),
                        ("message", models.TextField()),
                        ("traceback", models.TextField(default="")),
                        ("payload", models.TextField()),
                        ("record", models.TextField(null=True)),
                        ("attempts", models.IntegerField(default=0)),
                        ("failed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "failed_events",
                    },
                ),
                migrations.CreateModel(
                    name="IdempotentAnswer",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "principal",
                                "route",
                                "key",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("principal", models.TextField()),
                        ("route", models.TextField()),
                        ("key", models.TextField()),
                        ("body_hash", models.BinaryField()),
                        ("answer", models.BinaryField(null=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "idempotent_answers",
                    },
                ),
                migrations.CreateModel(
                    name="InboxEvent",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        ("record", models.TextField()),
                    ],
                    options={
                        "db_table": "inbox",
                    },
                ),
                migrations.CreateModel(
                    name="Operation",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("total", models.IntegerField()),
                        ("handled", models.IntegerField(default=0)),
                        ("failed", models.IntegerField(default=0)),
                        ("duplicate", models.IntegerField(default=0)),
                        ("cancelled", models.IntegerField(default=0)),
                        ("rejected", models.IntegerField(default=0)),
                        ("unsupported", models.IntegerField(default=0)),
                    ],
                    options={
                        "db_table": "operations",
                    },
                ),
                migrations.CreateModel(
                    name="PartialEvent",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        ("missing", ArrayField(models.TextField())),
                        ("last_error", models.TextField(default="")),
                        ("attempts", models.IntegerField(default=0)),
                        ("next_attempt_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "partial_events",
                    },
                ),
                migrations.CreateModel(
                    name="Player",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("last_signed_in_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "db_table": "players",
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="UnsupportedEvent",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField()),
                        ("operation_id", models.UUIDField(null=True)),
                        ("payload", models.TextField()),
                    ],
                    options={
                        "db_table": "unsupported_events",
                    },
                ),
            ],
        ),
    ]
