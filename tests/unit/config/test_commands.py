"""Which management commands need servers."""

import pytest

from config.local.commands import needs_servers


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        (["migrate"], True),
        (["shell"], True),
        (["recompute_watch_time", "--check"], True),
        (["makemigrations"], True),
        ([], False),
        (["help"], False),
        (["--version"], False),
        (["check"], False),
        (["check", "--database", "default"], True),
        (["migrate", "--help"], False),
        (["makemigrations", "--check"], False),
    ],
)
def test_commands_that_need_servers_get_them(arguments: list[str], needs: bool) -> None:
    assert needs_servers(arguments) is needs
