from django.db import migrations, models

# Rows change several times and stay: room for the new versions, and vacuum often.
STORAGE = """
ALTER TABLE notifications SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000
)
"""

# What the rules about users read, without the same users' other events. Rules that watch other types work without it,
# out of events_user_item_time, which is slower for users with many events.
EVENTS_OF_RULES = """
CREATE INDEX events_user_fitness ON events (user_key, "time") WHERE type IN ('app_launch', 'training_program_started')
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="NotifiedUser",
            fields=[
                (
                    "user_key",
                    models.TextField(db_collation="C", primary_key=True, serialize=False, verbose_name="user"),
                ),
            ],
            options={
                "db_table": "notification_users",
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("rule", models.TextField(db_collation="C")),
                ("user_key", models.TextField(db_collation="C", verbose_name="user")),
                ("item_key", models.TextField(db_collation="C", db_default="", verbose_name="item")),
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
                        ],
                        db_collation="C",
                    ),
                ),
                ("reason", models.TextField(db_default="")),
                ("body", models.JSONField()),
                ("attempts", models.IntegerField(db_default=0)),
                ("decided_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                ("lease_token", models.UUIDField(null=True)),
                ("dispatched_until", models.DateTimeField(null=True)),
                ("dispatches", models.SmallIntegerField(db_default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "notifications",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("pending", "leased"))),
                        fields=["next_at"],
                        name="notifications_open",
                    ),
                    models.Index(fields=["user_key", "id"], name="notifications_user"),
                    models.Index(fields=["state", "id"], name="notifications_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "user_key", "item_key", "occurred_at"), name="notifications_trigger"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["pending", "leased", "sent", "failed", "cancelled"])),
                        name="notifications_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_token__isnull", False), ("state", "leased")),
                            models.Q(models.Q(("state", "leased"), _negated=True), ("lease_token__isnull", True)),
                            _connector="OR",
                        ),
                        name="notifications_leased_with_token",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at__isnull", False), ("state__in", ["pending", "cancelled"]), _connector="OR"
                        ),
                        name="notifications_decided_first",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STORAGE, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(EVENTS_OF_RULES, reverse_sql="DROP INDEX events_user_fitness"),
    ]
