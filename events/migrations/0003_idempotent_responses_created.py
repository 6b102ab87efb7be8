from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the intake writes meanwhile
    dependencies = [("events", "0002_owners")]

    operations = [
        AddIndexConcurrently(
            "IdempotentResponse", models.Index(fields=["created_at"], name="idempotent_responses_created")
        ),
    ]
