"""The named SQL queries of this app, one attribute each; `.sql` is the text."""

from __future__ import annotations

from events.queries import load_queries

queries = load_queries(__file__)
