"""The notifications app: users are notified because of what they did or did not do."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Loads the rules when it starts; its modules `projection` and `checks` register themselves."""

    name = "notifications"

    def ready(self) -> None:
        """Import every rule."""
        from notifications.rules import registry

        registry.load()
