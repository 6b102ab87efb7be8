"""How long watch time is kept."""

from __future__ import annotations

from events.retention.registry import table

for _name, _of in (("pairs", "user and movie"), ("movies", "movie"), ("users", "user")):
    table(f"watch_time_{_name}", holds=f"watch time of each {_of}", goes="never; a row each")
