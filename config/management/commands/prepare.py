"""`manage.py prepare`: what has to be done to a database before the processes of this version use it."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events.clock import utc_now
from events.pipeline.partitions import ensure_partitions

ADMIN_NAME = "admin"


class Command(BaseCommand):
    """Migrations, partitions, and the first login of an embedded installation."""

    help = (
        "Apply migrations that are not applied yet, and make partitions that are missing; "
        "embedded, also make the admin's login on the first start."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do what is left to do; quick when that is nothing."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        ensure_partitions(now=utc_now())
        if settings.EMBEDDED_DATABASE:
            self._make_admin(settings.DATA_DIRECTORY.path / "admin-password")

    def _make_admin(self, file: Path) -> None:
        """Make the login once; its password lies in `file`, which its owner alone can read."""
        users = get_user_model()._default_manager
        if users.filter(username=ADMIN_NAME).exists():
            return
        file.touch(mode=0o600)
        password = file.read_text().strip() or secrets.token_urlsafe(12)
        file.write_text(password)
        users.create_superuser(username=ADMIN_NAME, password=password)
