"""The socket of a client's connection, which granian keeps to itself.

granian takes all that it is sent, however slowly the client reads, and has no way to end a response other than well.
The socket shows whether the client reads, and can be shut down.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from granian.rsgi import Scope

_INTERNET = (socket.AF_INET, socket.AF_INET6)


class Connection:
    """The connection that a request came in on; close it when the request is over."""

    def __init__(self, scope: Scope) -> None:
        self._client = scope.client
        self._socket: socket.socket | None = None

    async def wait_until_writable(self, seconds: float) -> None:
        """Until the client has read so much that more can be sent; raises TimeoutError."""
        found = self._find()
        if found is None:
            return
        loop, is_writable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(found, is_writable.set)
        try:
            async with asyncio.timeout(seconds):
                await is_writable.wait()
        finally:
            loop.remove_writer(found)

    def abort(self) -> None:
        """Ends the connection, so that a client who misses the end of a response notices."""
        found = self._find()
        if found is not None:
            with suppress(OSError):  # the client ended it
                found.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forgets the socket; the connection goes on."""
        if self._socket is not None:
            self._socket.close()

    def _find(self) -> socket.socket | None:
        if self._socket is None:
            self._socket = _socket_of(self._client)
        return self._socket


def _socket_of(client: str) -> socket.socket | None:
    """A duplicate of the socket of this process that is connected to this address; None if the client is gone."""
    host, _, port = client.rpartition(":")
    peer = (ip_address(host.strip("[]")), int(port))
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):  # it was closed in the meantime
            descriptor = int(entry.name)
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                # Not `socket.dup`, which would make the socket a blocking one, for granian too.
                found = socket.socket(fileno=os.dup(descriptor))
                if _is_connected_to(peer, found):
                    return found
                found.close()
    return None


def _is_connected_to(peer: tuple[IPv4Address | IPv6Address, int], candidate: socket.socket) -> bool:
    if candidate.family not in _INTERNET:
        return False
    try:
        host, port = candidate.getpeername()[:2]
    except OSError:  # it listens
        return False
    return (ip_address(host), port) == peer
