"""API keys as text: `tdm_`, 30 random characters of base62, and the CRC-32 of those 30 as 6 characters of base62.

Whether a text can be a key is told without the database. So a mistyped one never reaches it, and a scanner for secrets
knows a key when it sees one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

MARK = "tdm_"
#: The part of a key that is kept readable, and names it; 130 random bits are left.
PREFIX_LENGTH = len(MARK) + 8

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH, _CHECKSUM_LENGTH = 30, 6
_SHAPE = re.compile(rf"{MARK}([0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")


def make_key() -> str:
    """A new key."""
    random = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM_LENGTH))
    return f"{MARK}{random}{_checksum(random)}"


def is_key(text: str) -> bool:
    """Whether it has a key's form and checksum."""
    match = _SHAPE.fullmatch(text)
    return match is not None and _checksum(match[1]) == match[2]


def prefix_of(key: str) -> str:
    """What names it in lists and logs."""
    return key[:PREFIX_LENGTH]


def digest_of(key: str) -> bytes:
    """What is stored of it. A key is random, so it needs no salt, and no slow hash."""
    return hashlib.sha256(key.encode(errors="replace")).digest()


def _checksum(random: str) -> str:
    number = zlib.crc32(random.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
