"""Environment variables are checked, and a wrong one is named."""

from typing import Any

import pytest

from config.environment import WrongVariableError, read
from events.settings.kinds import (
    SWITCH,
    Kind,
    dotted_path,
    fraction,
    integer,
    modules,
    one_of,
    origins,
    seconds,
    secret,
    text,
    url,
    words,
)
from events.settings.setting import AppSettings, Setting

TEMPLATE = url("http", "https", example="https://host/{user_id}", placeholder="{user_id}")
POSTGRES = url("postgres", example="postgres://user:password@host/name")


def setting(kind: Kind[Any], default: Any = None) -> Setting[Any]:
    class Example(AppSettings):
        NAME = Setting[Any](kind, default, "an example")

    return Example.NAME


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (integer(1), "3", 3),
        (seconds(0), "0.5", 0.5),
        (fraction(), "1", 1.0),
        (one_of("progress", "sum"), "sum", "sum"),
        (text("any text"), "some text", "some text"),
        (secret("a text", minimum_length=3), "abc", "abc"),
        (words("a list"), " a, b ,,c", ["a", "b", "c"]),
        (origins(), "https://a.example, http://b.example:8080", ["https://a.example", "http://b.example:8080"]),
        (SWITCH, "ON", True),
        (SWITCH, "0", False),
        (dotted_path(), "package.module.Class", "package.module.Class"),
        (modules(), "config, config.environment", ["config", "config.environment"]),
        (TEMPLATE, "https://host/regions?user_id={user_id}", "https://host/regions?user_id={user_id}"),
        (url("unix", example="unix:///a"), "unix:///tmp/valkey.sock?db=1", "unix:///tmp/valkey.sock?db=1"),
    ],
)
def test_a_good_value_is_read(kind: Kind[object], value: str, expected: object) -> None:
    assert read(setting(kind), {"NAME": value}) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (integer(1), "0"),
        (integer(1), "1.5"),
        (integer(1, 9), "10"),
        (seconds(0.5), "0.4"),
        (seconds(0), "nan"),
        (seconds(0), "inf"),
        (fraction(), "1.1"),
        (one_of("progress", "sum"), "Sum"),
        *((origins(), wrong) for wrong in ("*", "a.example", "https://a.example/", "https://me@a.example", "null")),
        *((origins(), wrong) for wrong in ("https://A.example", "https://a.example:x", "ftp://a.example")),
        (SWITCH, "maybe"),
        (dotted_path(), "Class"),
        (dotted_path(), "package..Class"),
        (modules(), "config.environment,nope"),
        (modules(), "config.nope"),
        (modules(), "config.environment.os"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_may_be(kind: Kind[object], value: str) -> None:
    with pytest.raises(WrongVariableError) as caught:
        read(setting(kind), {"NAME": value})
    assert str(caught.value) == f"The environment variable NAME is {value!r}; it may be {kind.may_be}."


@pytest.mark.parametrize(
    ("kind", "value", "quoted"),
    [
        (TEMPLATE, "https://host/regions?key=hidden", "'https://…'"),
        (TEMPLATE, "ftp://host/{user_id}/hidden", "'ftp://…'"),
        (TEMPLATE, "https:///{user_id}/hidden", "'https://…'"),
        (TEMPLATE, "https://host:hidden/{user_id}", "'https://…'"),
        (POSTGRES, "mysql://me:hidden@host/db", "'mysql://…'"),
        (POSTGRES, "mysql://me:hid/den@host/db", "'mysql://…'"),
        (POSTGRES, "postgres://me:hid[den@host/db", "'postgres://…'"),
        (POSTGRES, "hidden", "'…'"),
        (secret("a key", minimum_length=50), "hidden", "a text of 6 characters"),
    ],
)
def test_what_may_hold_a_secret_is_not_repeated(kind: Kind[object], value: str, quoted: str) -> None:
    with pytest.raises(WrongVariableError) as caught:
        read(setting(kind), {"NAME": value})
    assert str(caught.value) == f"The environment variable NAME is {quoted}; it may be {kind.may_be}."


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read(setting(integer(1), 7), {"NAME": " "}) == 7
    assert read(setting(integer(1), 7), {}) == 7
