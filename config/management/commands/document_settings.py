"""`manage.py document_settings`: write what docs/ and docker-compose.yml say about what is declared."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.settings_reference import files


class Command(BaseCommand):
    help = (
        "Write the tables of settings in docs/running.md, of routes in docs/security.md, and of what is kept how long "
        "in docs/retention.md, and the variables that docker-compose.yml passes on."
    )
    requires_system_checks = ()

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        for path, content in files(settings.DECLARED_SETTINGS.values()).items():
            path.write_text(content)
