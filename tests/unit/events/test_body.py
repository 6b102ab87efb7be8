"""Bodies: unpacked within bounded memory."""

import gzip
import tracemalloc
import zlib

import pytest

from events.exceptions import BodyTooLarge, MalformedBody
from events.intake.body import unpack_gzip

MEBIBYTE = 1024 * 1024


def bomb(size: int) -> bytes:
    """gzip of that many zeros, made a piece at a time."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE)) + packer.flush()


def test_a_bomb_costs_less_than_20_mib() -> None:
    packed = bomb(1024 * MEBIBYTE)
    assert len(packed) < 2 * MEBIBYTE
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        unpack_gzip(packed, limit=10 * MEBIBYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * MEBIBYTE


def test_what_is_packed_comes_out_again() -> None:
    content = bytes(range(256)) * 5000
    packed = gzip.compress(content[:100]) + gzip.compress(content[100:])
    assert unpack_gzip(packed, limit=len(content)) == content
    with pytest.raises(BodyTooLarge):
        unpack_gzip(packed, limit=len(content) - 1)


@pytest.mark.parametrize(
    "packed",
    [b"plain", gzip.compress(b"x" * 1000)[:-1], gzip.compress(b"x") + b"trailing"],
    ids=["plain", "cut off", "trailing"],  # gzip writes the time, and pytest-xdist wants the same names everywhere
)
def test_what_is_not_gzip(packed: bytes) -> None:
    with pytest.raises(MalformedBody):
        unpack_gzip(packed, limit=MEBIBYTE)
