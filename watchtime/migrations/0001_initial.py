"""The totals of watch time. Written by Django, but for the storage parameters, which its models cannot say."""

import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
from django.db import migrations, models

# Room on each page keeps an update next to the old row, without touching an index (HOT).
STORAGE = [
    f"ALTER TABLE {table} SET (fillfactor = 70)"
    for table in ("watch_time_pairs", "watch_time_movies", "watch_time_users")
]


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MovieTotal",
            fields=[
                ("movie", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                ("watch_seconds", models.BigIntegerField(db_default=0)),
                ("viewers", models.BigIntegerField(db_default=0)),
                (
                    "rank",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.math.Floor(
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(50),
                                    "*",
                                    django.db.models.functions.math.Ln(
                                        django.db.models.functions.comparison.Cast(
                                            django.db.models.functions.comparison.Greatest("watch_seconds", 1),
                                            models.FloatField(),
                                        )
                                    ),
                                )
                            ),
                            models.SmallIntegerField(),
                        ),
                        output_field=models.SmallIntegerField(),
                    ),
                ),
            ],
            options={
                "db_table": "watch_time_movies",
                "indexes": [models.Index(fields=["rank"], name="watch_time_movies_rank")],
            },
        ),
        migrations.CreateModel(
            name="PairTotal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("user_key", models.TextField(db_collation="C", verbose_name="user")),
                ("movie", models.TextField(db_collation="C")),
                ("watch_seconds", models.BigIntegerField(db_default=0)),
                ("latest_moment", models.BigIntegerField(null=True)),
                ("furthest_moment", models.BigIntegerField(null=True)),
                ("last_time_us", models.BigIntegerField(null=True)),
                ("last_event_id", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "watch_time_pairs",
                "constraints": [
                    models.UniqueConstraint(fields=("user_key", "movie"), name="watch_time_pairs_user_movie")
                ],
            },
        ),
        migrations.CreateModel(
            name="UserTotal",
            fields=[
                (
                    "user_key",
                    models.TextField(db_collation="C", primary_key=True, serialize=False, verbose_name="user"),
                ),
                ("watch_seconds", models.BigIntegerField(db_default=0)),
                ("movies", models.BigIntegerField(db_default=0)),
                (
                    "rank",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.math.Floor(
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(50),
                                    "*",
                                    django.db.models.functions.math.Ln(
                                        django.db.models.functions.comparison.Cast(
                                            django.db.models.functions.comparison.Greatest("watch_seconds", 1),
                                            models.FloatField(),
                                        )
                                    ),
                                )
                            ),
                            models.SmallIntegerField(),
                        ),
                        output_field=models.SmallIntegerField(),
                    ),
                ),
            ],
            options={
                "db_table": "watch_time_users",
                "indexes": [models.Index(fields=["rank"], name="watch_time_users_rank")],
            },
        ),
        migrations.RunSQL(STORAGE, reverse_sql=migrations.RunSQL.noop),
    ]
