#!/usr/bin/env python
"""Tidemark's command line: `manage.py help` lists the commands."""

import os
import sys

from config.local.commands import servers_for
from config.one_line import one_line_endings


def main() -> None:
    """Run a management command, with the servers that it needs.

    `up` starts before Django is loaded: it only starts other programs, and should be small and quick.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with one_line_endings():
        if sys.argv[1:2] == ["up"]:
            from config.local.up.command import main as up

            sys.exit(up(sys.argv[2:]))
        with servers_for(sys.argv):
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
