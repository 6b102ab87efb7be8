"""The notifications app: what users are told, because of what they did or did not do."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Loads the rules when it starts; its module `projection` registers itself."""

    name = "notifications"

    def ready(self) -> None:
        """Import every rule, and the checks on them."""
        from notifications import checks  # noqa: F401 (registers itself)
        from notifications.rules import registry

        registry.load()
