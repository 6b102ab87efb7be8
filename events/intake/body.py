"""What the intake reads of a request: its body, unpacked and of a media type we understand, and its headers."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from email.message import Message
from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest

from events.conf import conf
from events.exceptions import BodyTooLarge, MalformedBody, UnsupportedMedia

JSON = "application/json"
NDJSON = "application/x-ndjson"
TEXT = "text/plain"
#: CloudEvents: one, several.
STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
MEDIA_TYPES = (JSON, NDJSON, STRUCTURED, BATCHED)
#: Bytes unpacked at a time.
_STEP = 64 * 1024


class IntakeRequest(msgspec.Struct, frozen=True):
    """A request, whichever way the web server serves it.

    Attributes:
        path: of its URL.
        headers: named as in `HttpRequest.META`; QUERY_STRING and REMOTE_ADDR are among them.
        sent: the body as it was sent; of one over MAX_BODY_BYTES perhaps only a part.
    """

    path: str
    headers: Mapping[str, Any]
    sent: bytes

    @classmethod
    def of(cls, request: HttpRequest) -> IntakeRequest:
        """A request that came through Django's handler."""
        # Django takes a body sent in chunks, and so without Content-Length, for empty; the server's stream has it.
        stream = request.META["wsgi.input"] if "HTTP_TRANSFER_ENCODING" in request.META else request
        return cls(request.path, request.META, stream.read(conf.MAX_BODY_BYTES + 1))

    def media_type(self) -> str:
        """The body's media type; JSON if the request names none.

        Raises:
            UnsupportedMedia: another type than MEDIA_TYPES, or a charset other than UTF-8.
        """
        header = self.headers.get("CONTENT_TYPE", "")
        return _checked_media_type(header) if header else JSON

    @property
    def encoding(self) -> str:
        """The Content-Encoding; empty if there is none."""
        encoding: str = self.headers.get("HTTP_CONTENT_ENCODING", "").strip().lower()
        return "" if encoding == "identity" else encoding

    def body(self) -> bytes:
        """The whole body, unpacked.

        Raises:
            BodyTooLarge: it is over MAX_BODY_BYTES, as sent or unpacked.
            MalformedBody: broken gzip.
            UnsupportedMedia: a Content-Encoding other than gzip.
        """
        limit, encoding = conf.MAX_BODY_BYTES, self.encoding
        length = self.headers.get("CONTENT_LENGTH") or ""
        if len(self.sent) > limit or (length.isdecimal() and int(length) > limit):
            raise _too_large(limit)
        if not encoding:
            return self.sent
        if encoding in {"gzip", "x-gzip"}:
            return unpack_gzip(self.sent, limit=limit)
        if set(encoding.replace(" ", "").split(",")) <= {"gzip", "x-gzip"}:
            raise MalformedBody("The body is packed with gzip more than once; pack it once.", code="gzip_twice")
        raise UnsupportedMedia(f"The Content-Encoding {encoding!r:.80} is not understood; send gzip, or plain bytes.")


# A producer sends the same header with every request.
@lru_cache(maxsize=256)
def _checked_media_type(header: str) -> str:
    message = Message()
    message["Content-Type"] = header
    media_type = message.get_content_type() if "/" in header.partition(";")[0] else ""
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMedia(
            f"Content-Type {header!r:.120} is not understood; send {JSON}, {NDJSON} with one event a line, "
            f"{STRUCTURED} or {BATCHED}."
        )
    charset = message.get_param("charset", "utf-8")
    if str(charset).lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise UnsupportedMedia(f"The charset {charset!r:.80} is not understood; send UTF-8.")
    return media_type


def unpack_gzip(packed: bytes, *, limit: int) -> bytes:
    """The bytes packed in gzip (of one or more members), in memory bounded by `limit`.

    Raises:
        BodyTooLarge: there are more than `limit` bytes.
        MalformedBody: it is not gzip, or cut off.
    """
    unpacked = bytearray()
    while packed:
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        while not member.eof:
            try:
                unpacked += member.decompress(packed, _STEP)
            except zlib.error:
                raise MalformedBody("The body is not valid gzip, though Content-Encoding says so.") from None
            if len(unpacked) > limit:
                raise _too_large(limit)
            packed = member.unconsumed_tail
            if not packed and not member.eof:
                unpacked += member.flush()
                if not member.eof:
                    raise MalformedBody("The gzip body is cut off; send all of it.")
        packed = member.unused_data
    return bytes(unpacked)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {limit} bytes (unpacked); send it in several requests.")
