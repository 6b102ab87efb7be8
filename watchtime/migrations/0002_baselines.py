from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("watchtime", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PairBaseline",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_key", "movie", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("user_key", models.TextField(db_collation="C", verbose_name="user")),
                ("movie", models.TextField(db_collation="C")),
                ("watch_seconds", models.BigIntegerField()),
                ("latest_moment", models.BigIntegerField(null=True)),
                ("furthest_moment", models.BigIntegerField(null=True)),
                ("last_time_us", models.BigIntegerField()),
                ("last_event_id", models.UUIDField()),
            ],
            options={"db_table": "watch_time_baselines"},
        ),
    ]
