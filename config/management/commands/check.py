"""`manage.py check`: Django's, which also says which outside services are not set."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import check

from events.outside_services import unset_services


class Command(check.Command):
    """Says so without failing: the product runs without them, and what needs them waits."""

    def handle(self, *app_labels: Any, **options: Any) -> None:
        """Run the checks, then list what is not set."""
        super().handle(*app_labels, **options)
        if not options["list_tags"]:
            for service in unset_services():
                self.stdout.write(f"{service}.")
