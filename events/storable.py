"""What can be stored: values that JSON and PostgreSQL's jsonb both hold, and give back as they were."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

from events.exceptions import TidemarkError

_encoder = msgspec.json.Encoder()
#: Only a value whose JSON has one of these is looked at part by part: msgspec writes U+0000 and long numbers, which
#: must not be stored, and it writes `null` for NaN.
_SUSPICIOUS = re.compile(rb"\\u0000|null|\d{19}")
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class NotStorable(TidemarkError):
    """The message says why, in a clause: `has U+0000`."""


def encode_storable(value: object) -> bytes:
    """The value's JSON; raises NotStorable."""
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:
        raise NotStorable("has a lone surrogate") from None
    except RecursionError:
        raise NotStorable("is nested too deeply") from None
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise NotStorable(f"is not JSON ({error})"[:200]) from None
    if _SUSPICIOUS.search(encoded):
        _check_parts(msgspec.to_builtins(value))
    return encoded


def _check_parts(value: Any) -> None:
    """Raises NotStorable if a text, a number or a key somewhere in the value can't be stored."""
    if value is None or value is True or value is False:
        return
    if isinstance(value, str):
        if "\0" in value:
            raise NotStorable("has U+0000")
    elif isinstance(value, dict):
        for name, part in value.items():
            _check_parts(name)
            _check_parts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _check_parts(part)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NotStorable("has NaN or an infinite number")
    elif not _LOWEST <= value <= _HIGHEST:
        raise NotStorable("has a whole number beyond 64 bits")
