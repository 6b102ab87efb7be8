"""The engine's tables. Written by Django, but for what its models cannot say: partitions and storage parameters."""

import django.contrib.postgres.fields
from django.db import migrations, models

EVENTS = """
CREATE TABLE events (
    id uuid PRIMARY KEY,
    type text COLLATE "C" NOT NULL,
    user_key text COLLATE "C" NOT NULL,
    item_key text COLLATE "C",
    time timestamptz NOT NULL,
    chunk_id bigint NOT NULL,
    data jsonb NOT NULL,
    enrichment jsonb
) PARTITION BY RANGE (id)
"""

STORAGE = [
    # Room on each page keeps an update next to the old row, without touching an index (HOT).
    "ALTER TABLE operations SET (fillfactor = 70)",
    "ALTER TABLE event_tallies SET (fillfactor = 50)",
    "ALTER TABLE partial_events SET (fillfactor = 70)",
    "ALTER TABLE chunks SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)",
    # Rows live for milliseconds: vacuumed by count, not by share.
    "ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
    # They are written once, read a few times and dropped: not worth compressing.
    "ALTER TABLE chunks ALTER COLUMN payload SET STORAGE EXTERNAL, ALTER COLUMN enrichment SET STORAGE EXTERNAL",
]


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
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
                ("type", models.TextField(db_collation="C")),
                ("original_id", models.UUIDField()),
            ],
            options={
                "db_table": "duplicate_events",
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
                ("type", models.TextField(db_collation="C")),
                ("slot", models.SmallIntegerField()),
                ("processed", models.BigIntegerField()),
                ("duplicate", models.BigIntegerField()),
                ("failed", models.BigIntegerField()),
                ("rejected", models.BigIntegerField()),
                ("unsupported", models.BigIntegerField()),
                ("cancelled", models.BigIntegerField()),
            ],
            options={
                "db_table": "event_tallies",
            },
        ),
        migrations.CreateModel(
            name="UnsupportedType",
            fields=[("name", models.TextField(db_collation="C", primary_key=True, serialize=False))],
            options={"db_table": "unsupported_types"},
        ),
        migrations.CreateModel(
            name="IdempotentResponse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "principal", "route", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("principal", models.TextField(db_collation="C")),
                ("route", models.TextField(db_collation="C")),
                ("key", models.TextField(db_collation="C")),
                ("body_hash", models.BinaryField()),
                ("response", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "idempotent_responses",
            },
        ),
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("type", models.TextField(db_collation="C")),
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
                ("handled", models.IntegerField()),
                ("failed", models.IntegerField(db_default=0)),
                ("duplicate", models.IntegerField(db_default=0)),
                ("cancelled", models.IntegerField(db_default=0)),
                ("rejected", models.IntegerField()),
                ("unsupported", models.IntegerField()),
            ],
            options={
                "db_table": "operations",
            },
        ),
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
                        ],
                        db_collation="C",
                    ),
                ),
                (
                    "is_pending",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(("state__in", ["accepted", "enriched", "persisted"])),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "is_unpublished",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(("state__in", ["accepted", "enriched", "persisted", "aggregated"])),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                ("size", models.IntegerField()),
                ("payload", models.TextField()),
                ("enrichment", models.TextField(null=True)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(db_collation="C"), size=None),
                ),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(db_collation="C"), size=None),
                ),
                ("duplicates", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("replayed", models.BooleanField()),
                ("first_event_id", models.UUIDField()),
                ("last_event_id", models.UUIDField()),
                ("attempts", models.IntegerField(db_default=0)),
                ("last_error", models.TextField(db_default="")),
                ("last_traceback", models.TextField(db_default="")),
                ("looked_up", models.IntegerField()),
                ("waiting_for", models.TextField()),
                ("waits", models.IntegerField(db_default=0)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sweeps", models.IntegerField(db_default=0)),
                ("sweep_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "chunks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_pending", True)), fields=["first_event_id"], name="chunks_pending"
                    ),
                    models.Index(
                        condition=models.Q(("is_unpublished", True)),
                        fields=["first_event_id"],
                        name="chunks_unpublished",
                    ),
                    models.Index(
                        condition=models.Q(("operation_id__isnull", False)),
                        fields=["operation_id"],
                        name="chunks_operation",
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="chunks_finished_at",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["accepted", "enriched", "persisted", "aggregated", "published"])
                        ),
                        name="chunks_state_is_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            [EVENTS, "CREATE TABLE events_default PARTITION OF events DEFAULT"],
            reverse_sql="DROP TABLE events",
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("type", models.TextField(db_collation="C")),
                        ("user_key", models.TextField(db_collation="C", verbose_name="user")),
                        ("item_key", models.TextField(db_collation="C", null=True, verbose_name="item")),
                        ("time", models.DateTimeField()),
                        ("chunk_id", models.BigIntegerField()),
                        ("data", models.JSONField()),
                        ("enrichment", models.JSONField(null=True)),
                    ],
                    options={"db_table": "events"},
                ),
            ],
        ),
        migrations.AddIndex(
            "Event", models.Index(fields=["user_key", "item_key", "time"], name="events_user_item_time")
        ),
        migrations.AddIndex("Event", models.Index(fields=["type", "id"], name="events_type_id")),
        migrations.CreateModel(
            name="FailedEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("type", models.TextField(db_collation="C")),
                (
                    "step",
                    models.TextField(
                        choices=[
                            ("validate", "Validate"),
                            ("enrich", "Enrich"),
                            ("persist", "Persist"),
                            ("aggregate", "Aggregate"),
                        ],
                        db_collation="C",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("operation_id__isnull", False)),
                        fields=["operation_id", "id"],
                        name="failed_events_operation",
                    ),
                    models.Index(fields=["type", "id"], name="failed_events_type"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("step__in", ["validate", "enrich", "persist", "aggregate"])),
                        name="failed_events_step_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PartialEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("type", models.TextField(db_collation="C")),
                ("missing", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("last_error", models.TextField()),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField()),
            ],
            options={
                "db_table": "partial_events",
                "indexes": [models.Index(fields=["next_attempt_at"], name="partial_events_next_attempt_at")],
            },
        ),
        migrations.CreateModel(
            name="UnsupportedEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("type", models.TextField(db_collation="C")),
                ("operation_id", models.UUIDField(null=True)),
                ("payload", models.TextField()),
            ],
            options={
                "db_table": "unsupported_events",
                "indexes": [models.Index(fields=["type", "id"], name="unsupported_events_type")],
            },
        ),
        migrations.RunSQL(STORAGE, reverse_sql=migrations.RunSQL.noop),
    ]
