"""How `manage.py` ends when something other than its code is at fault."""

import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.local.exceptions import CannotStartError
from config.one_line import one_line_endings


def ending_of(error: BaseException) -> object:
    """What the program would end with: its exit code, or the line that it prints before it ends with 1."""
    with pytest.raises(SystemExit) as ended, one_line_endings():
        raise error
    return ended.value.code


@pytest.mark.parametrize("error", [CannotStartError("Take another port."), ImproperlyConfigured("Set a key.")])
def test_a_fault_of_the_surroundings_is_one_line(error: Exception) -> None:
    assert ending_of(error) == str(error)


def test_ctrl_c_ends_it_without_a_word() -> None:
    assert ending_of(KeyboardInterrupt()) == 130


def test_a_fault_of_the_code_is_shown_as_it_is() -> None:
    with pytest.raises(ValueError, match="wrong"), one_line_endings():
        raise ValueError("wrong")


def test_those_who_want_a_traceback_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate", "--traceback"])
    with pytest.raises(CannotStartError), one_line_endings():
        raise CannotStartError("Take another port.")
