"""How long watch time is kept."""

from __future__ import annotations

from events.retention.months import dependents
from events.retention.registry import table
from watchtime.baselines import Baselines

for _name, _of in (("pairs", "user and movie"), ("movies", "movie"), ("users", "user")):
    table(f"watch_time_{_name}", holds=f"watch time of each {_of}", goes="never; a row each")
table(
    "watch_time_baselines",
    holds="what is counted by events that were pruned",
    goes="never; a row for each pair of them",
)
dependents.add("watchtime", Baselines())
