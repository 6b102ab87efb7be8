"""What goes wrong when something is started on a machine of one's own."""


class CannotStartError(Exception):
    """It cannot be started here and now; the message is one line that names the cure."""
