"""What can go wrong with embedded servers; each message is one line that names the cure."""


class EmbeddedServersError(Exception):
    """The embedded servers cannot be used."""
