"""The tables, made by the SQL beside this file: collations, storage, and an index over the events that rules read."""

from pathlib import Path

from django.db import migrations, models

SCHEMA = Path(__file__).with_name("0001_schema.sql").read_text()


class Migration(migrations.Migration):
    initial = True

    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RunSQL(
            SCHEMA,
            reverse_sql="DROP TABLE notifications, notification_users; DROP INDEX events_user_fitness",
            state_operations=[
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("rule", models.TextField()),
                        ("user_key", models.TextField(verbose_name="user")),
                        ("item_key", models.TextField(default="", verbose_name="item")),
                        ("trigger_id", models.UUIDField()),
                        ("occurred_at", models.DateTimeField()),
                        ("deadline_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        (
                            "state",
                            models.TextField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("leased", "Leased"),
                                    ("sent", "Sent"),
                                    ("failed", "Failed"),
                                    ("cancelled", "Cancelled"),
                                ]
                            ),
                        ),
                        ("reason", models.TextField(default="")),
                        ("body", models.JSONField()),
                        ("attempts", models.IntegerField(default=0)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("next_at", models.DateTimeField()),
                        ("lease_token", models.UUIDField(null=True)),
                        ("handed_until", models.DateTimeField(null=True)),
                        ("handings", models.SmallIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "notifications",
                    },
                ),
                migrations.CreateModel(
                    name="NotifiedUser",
                    fields=[
                        ("user_key", models.TextField(primary_key=True, serialize=False, verbose_name="user")),
                    ],
                    options={
                        "db_table": "notification_users",
                    },
                ),
            ],
        ),
    ]
