from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AddField("NotifiedUser", "forgotten_until", models.DateTimeField(null=True)),
    ]
