"""Environment variables are checked, and a wrong one is named."""

import pytest

from config.environment import (
    SWITCH,
    Environment,
    Kind,
    MissingVariableError,
    WrongVariableError,
    dotted_path,
    fraction,
    integer,
    one_of,
    seconds,
    text,
    url,
    words,
)

TEMPLATE = url("http", "https", example="https://host/{user_id}", placeholder="{user_id}")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (integer(1), "3", 3),
        (seconds(0), "0.5", 0.5),
        (fraction(), "1", 1.0),
        (one_of("progress", "sum"), "sum", "sum"),
        (words("a list"), " a, b ,,c", ["a", "b", "c"]),
        (SWITCH, "ON", True),
        (SWITCH, "0", False),
        (dotted_path(), "package.module.Class", "package.module.Class"),
        (TEMPLATE, "https://host/regions?user_id={user_id}", "https://host/regions?user_id={user_id}"),
        (url("unix", example="unix:///a"), "unix:///tmp/valkey.sock?db=1", "unix:///tmp/valkey.sock?db=1"),
    ],
)
def test_a_good_value_is_read(kind: Kind[object], value: str, expected: object) -> None:
    assert Environment({"NAME": value}).read("NAME", kind, None) == expected


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
        (SWITCH, "maybe"),
        (dotted_path(), "Class"),
        (dotted_path(), "package..Class"),
        (TEMPLATE, "https://host/regions"),
        (TEMPLATE, "ftp://host/{user_id}"),
        (TEMPLATE, "https://host:port/{user_id}"),
        (text(minimum_length=3), "ab"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_may_be(kind: Kind[object], value: str) -> None:
    with pytest.raises(WrongVariableError) as caught:
        Environment({"NAME": value}).read("NAME", kind, None)
    assert str(caught.value) == f"The environment variable NAME is {value!r}; it may be {kind.may_be}."


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Environment({"NAME": " "}).read("NAME", integer(1), 7) == 7
    with pytest.raises(MissingVariableError, match="NAME is not set"):
        Environment({"NAME": ""}).require("NAME", text())


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(WrongVariableError) as caught:
        Environment({"NAME": "mysql://me:secret@host/db"}).read("NAME", url("postgres", example="postgres://…"), None)
    assert "secret" not in str(caught.value)
    assert "me:***@host" in str(caught.value)
