"""The tables, made by the SQL beside this file: collations, generated columns and storage."""

from pathlib import Path

from django.db import migrations, models

SCHEMA = Path(__file__).with_name("0001_schema.sql").read_text()


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            SCHEMA,
            reverse_sql="DROP TABLE watch_time_pairs, watch_time_movies, watch_time_users",
            state_operations=[
                migrations.CreateModel(
                    name="MovieTotal",
                    fields=[
                        ("movie", models.TextField(primary_key=True, serialize=False)),
                        ("watch_seconds", models.BigIntegerField(default=0)),
                        ("viewers", models.BigIntegerField(default=0)),
                        ("rank", models.SmallIntegerField(editable=False)),
                    ],
                    options={
                        "db_table": "watch_time_movies",
                    },
                ),
                migrations.CreateModel(
                    name="PairTotal",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("user_key", models.TextField(verbose_name="user")),
                        ("movie", models.TextField()),
                        ("watch_seconds", models.BigIntegerField(default=0)),
                        ("latest_moment", models.BigIntegerField(null=True)),
                        ("furthest_moment", models.BigIntegerField(null=True)),
                        ("last_time_us", models.BigIntegerField(null=True)),
                        ("last_event_id", models.UUIDField(null=True)),
                        ("updated_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "watch_time_pairs",
                    },
                ),
                migrations.CreateModel(
                    name="UserTotal",
                    fields=[
                        ("user_key", models.TextField(primary_key=True, serialize=False, verbose_name="user")),
                        ("watch_seconds", models.BigIntegerField(default=0)),
                        ("movies", models.BigIntegerField(default=0)),
                        ("rank", models.SmallIntegerField(editable=False)),
                    ],
                    options={
                        "db_table": "watch_time_users",
                    },
                ),
            ],
        ),
    ]
