import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_idempotent_responses_created")]

    operations = [
        migrations.CreateModel(
            name="MonthToPrune",
            fields=[
                ("name", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                (
                    "settled",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "position",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
            ],
            options={"db_table": "months_to_prune"},
        ),
        migrations.AddField("EventTally", "too_late", models.BigIntegerField(db_default=0)),
    ]
