"""How long the ad system keeps what it stores."""

from __future__ import annotations

from events.retention.registry import table

table("collected_directories", holds="directories of `collect_ads`", goes="with `collect_ads --forget`; few rows")
table("uncollected_events", holds="events that such a directory lacks", goes="when `collect_ads` has written them")
