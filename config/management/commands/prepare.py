"""`manage.py prepare`: what has to be done to a database before the processes of this version use it."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events.clock import utc_now
from events.pipeline.partitions import ensure_partitions

ADMIN_NAME = "admin"


class Command(BaseCommand):
    """Migrations, partitions, and the first login."""

    help = (
        "Apply migrations that are not applied yet, make partitions that are missing, and make the admin's first "
        "login: of DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD, else, embedded, with a password of its own."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do what is left to do; quick when that is nothing."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        ensure_partitions(now=utc_now())
        if get_user_model()._default_manager.filter(is_superuser=True).exists():
            return
        name, password = (os.environ.get(f"DJANGO_SUPERUSER_{part}", "") for part in ("USERNAME", "PASSWORD"))
        if name and password:
            self._make_given_admin(name, password)
        elif settings.EMBEDDED_DATABASE:
            self._make_local_admin(settings.DATA_DIRECTORY.path / "admin-password")

    def _make_given_admin(self, name: str, password: str) -> None:
        users = get_user_model()
        try:
            validate_password(password, users(username=name))
        except ValidationError as error:
            raise CommandError(f"DJANGO_SUPERUSER_PASSWORD: {' '.join(error.messages)}") from None
        email = os.environ.get("DJANGO_SUPERUSER_EMAIL")
        users._default_manager.create_superuser(username=name, email=email, password=password)

    def _make_local_admin(self, file: Path) -> None:
        """Make the login once; its password lies in `file`, which its owner alone can read."""
        file.touch(mode=0o600)
        password = file.read_text().strip() or secrets.token_urlsafe(12)
        file.write_text(password)
        get_user_model()._default_manager.create_superuser(username=ADMIN_NAME, password=password)
