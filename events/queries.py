"""The named SQL queries of the `sql/` folders: one attribute each, whose `.sql` is the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiosql


def load_queries(app_module_file: str) -> Any:
    """The queries in the folder `sql` beside that file (pass `__file__`); names are known when it is read."""
    # A query's parameters are the names in it; listing them once more is not asked for.
    return aiosql.from_path(Path(app_module_file).with_name("sql"), "psycopg2", mandatory_parameters=False)


queries = load_queries(__file__)
