"""The ad validator as most would write it, in pandas: `python -m benchmarks.references.pandas_ads SERVING USER OUT`."""

from __future__ import annotations

import sys

import pandas as pd

from events.systems.ads.columns import COLUMNS


def main(serving_file: str, user_file: str, out: str) -> None:
    """Reads both files, joins them, keeps the earliest, writes what is left."""
    serving = pd.read_csv(serving_file, dtype=str, keep_default_na=False)
    user = pd.read_csv(user_file, dtype=str, keep_default_na=False)
    serving["at"], user["at"] = _moments(serving["eventTimestamp"]), _moments(user["eventTimestamp"])
    served = serving[["eventId", "userId", "at", "advertiserId", "price"]]
    matched = user.drop(columns=["advertiserId", "price"]).merge(
        served, left_on=["parentEventId", "userId"], right_on=["eventId", "userId"], suffixes=("", "_served")
    )
    matched = matched[matched["at"] > matched["at_served"]].reset_index()
    earliest = matched.sort_values(["at", "eventId"]).drop_duplicates(["parentEventId", "eventType"])
    earliest.sort_values("index")[list(COLUMNS)].to_csv(out, index=False, lineterminator="\n")


def _moments(times: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    of_one_day = times.str.fullmatch(r"\d{1,2}:\d\d")
    dated = times.where(~of_one_day, "1970-01-01T" + times.str.zfill(5))
    return pd.to_datetime(dated, format="ISO8601", utc=True, errors="coerce")


if __name__ == "__main__":
    main(*sys.argv[1:])
