"""What Django looks for in a database backend (`ENGINE` in the settings)."""

import select
from typing import Any

from django.db.backends.postgresql import base

from config.postgresql.schema import DatabaseSchemaEditor
from config.postgresql.unreachable import DatabaseUnreachable


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with one exception for a database that is not there, and a cheaper look at idle connections.

    Django asks a connection with `SELECT 1` before each request and task whether it still works.
    A server that closed an idle connection has sent something: without that there is no need to ask.
    """

    SchemaEditorClass = DatabaseSchemaEditor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection; raises DatabaseUnreachable."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.Error as error:
            raise DatabaseUnreachable(error) from error

    def is_usable(self) -> bool:
        """Whether the server still listens, as far as this end can know."""
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0) or super().is_usable()
