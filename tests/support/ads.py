"""Ad files of a few rows, and what the validator makes of them."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from events.systems.ads.columns import COLUMNS, SERVING_FILE, USER_FILE
from events.systems.ads.validator import Outcome, validate_files

Row = dict[str, str]
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "ads"


def served(event_id: str, at: str, user: str = "ann", **fields: str) -> Row:
    """A serving event."""
    return _row({"eventId": event_id, "eventTimestamp": at, "userId": user, "advertiserId": "adv"} | fields)


def seen(event_id: str, at: str, parent: str, user: str = "ann", **fields: str) -> Row:
    """An impression, unless `eventType` says otherwise."""
    event = {"eventId": event_id, "eventTimestamp": at, "parentEventId": parent, "userId": user}
    return _row({"eventType": "impression", "deviceId": "phone"} | event | fields)


def _row(fields: Row) -> Row:
    return dict.fromkeys(COLUMNS, "") | fields


def write_csv(
    path: Path, rows: Iterable[Row], *, line_end: str = "\n", quoting: Literal[0, 1, 2, 3] = csv.QUOTE_ALL
) -> Path:
    """A file of these rows, as others write it: nothing is neutralised."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=line_end, quoting=quoting)
        writer.writerow(COLUMNS)
        writer.writerows(row.values() for row in rows)
    return path


def read_csv(path: Path) -> list[Row]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Validation:
    """The validator run on two files in a directory."""

    def __init__(self, directory: Path) -> None:
        self.serving, self.user = directory / SERVING_FILE, directory / USER_FILE
        self.out, self.rejected = directory / "out.csv", directory / "rejected.csv"

    def of_rows(self, serving: Iterable[Row], user: Iterable[Row]) -> Outcome:
        """Writes the rows into files and validates those."""
        write_csv(self.serving, serving)
        write_csv(self.user, user)
        return self.run()

    def of_texts(self, serving: str | bytes, user: str | bytes) -> Outcome:
        """The same of what is to stand in the files."""
        for path, content in ((self.serving, serving), (self.user, user)):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run()

    def run(self) -> Outcome:
        """Validates the files as they are."""
        return validate_files(serving=self.serving, user=self.user, out=self.out, rejected=self.rejected)

    def valid_ids(self) -> list[str]:
        """The eventIds in the output, in its order."""
        return [row["eventId"] for row in read_csv(self.out)]

    def reasons(self) -> dict[str, str]:
        """The reason why each dropped event was dropped."""
        return {row["eventId"]: row["reason"] for row in read_csv(self.rejected)}
