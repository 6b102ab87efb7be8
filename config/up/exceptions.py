"""What keeps `manage.py up` from starting; each message is one line that names the cure."""


class CannotStartError(Exception):
    """The product cannot be started here and now."""
