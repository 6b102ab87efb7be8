"""A request of granian's RSGI as the environ of WSGI (PEP 3333), which Django's handler takes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any

from granian.rsgi import Scope

_OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ_of(scope: Scope, meta: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The environ of a request with these headers, whose body has been read."""
    host, _, port = scope.server.rpartition(":")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # granian has decoded it; WSGI wants a character for each byte.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_PORT": scope.client.rpartition(":")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **meta,
    }


def meta_of(scope: Scope) -> dict[str, str]:
    """What a request says besides its path and its body, as the environ has it, and `HttpRequest.META`."""
    meta = {"QUERY_STRING": scope.query_string, "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]")}
    for name, value in scope.headers.items():
        key = _key_of(name)
        if key is None:
            continue
        if key in meta:
            joint = "; " if key == "HTTP_COOKIE" else ","
            value = f"{meta[key]}{joint}{value}"
        meta[key] = value
    return meta


# Most requests have the same headers.
@lru_cache(maxsize=512)
def _key_of(name: str) -> str | None:
    # X_Forwarded_Proto would end up as X-Forwarded-Proto does, past the proxy that removes the latter.
    if "_" in name:
        return None
    return _OWN_NAMES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
