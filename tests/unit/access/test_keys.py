"""API keys as text."""

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.access.keys import digest_of, is_key, make_key, prefix_of

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: The CRC-32 of 30 zeros is 0x77E5DB82.
ZEROS = "tdm_" + "0" * 30 + "2C8GjS"


def as_number(base62: str) -> int:
    number = 0
    for digit in base62:
        number = 62 * number + DIGITS.index(digit)
    return number


def test_a_key_has_its_form_and_the_checksum_of_what_is_random() -> None:
    key = make_key()
    assert re.fullmatch(r"tdm_[0-9A-Za-z]{36}", key)
    assert as_number(key[-6:]) == zlib.crc32(key[4:34].encode())
    assert is_key(key)
    assert is_key(ZEROS)
    assert prefix_of(key) == key[:12]


def test_no_two_keys_are_alike() -> None:
    assert len({make_key() for _ in range(1000)}) == 1000


@given(st.data())
def test_one_wrong_character_is_noticed(data: st.DataObject) -> None:
    key = make_key()
    position = data.draw(st.integers(4, len(key) - 1))
    other = data.draw(st.sampled_from(DIGITS.replace(key[position], "")))
    assert not is_key(key[:position] + other + key[position + 1 :])


@pytest.mark.parametrize(
    "text",
    ["", "tdm_", "tdm_" + "0" * 36, "TDM_" + make_key()[4:], make_key()[:-1], make_key() + "0", make_key() + "\n"],
    ids=["empty", "prefix", "zeros", "capitals", "too short", "too long", "line end"],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert not is_key(text)


def test_what_is_stored_is_sha_256() -> None:
    # the example of FIPS 180-4
    assert digest_of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
