"""Parts of paths that are keys of ours: users, movies and the like."""

from __future__ import annotations

from django.urls.converters import StringConverter


class KeyConverter(StringConverter):
    """What a key may be: 1 to 255 characters, not U+0000, which PostgreSQL can't store. Anything else is no route."""

    regex = r"[^/\x00]{1,255}"
