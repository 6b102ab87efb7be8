"""The ad files while `collect_ads`, and workers, are killed."""

import os
import random
import subprocess
import sys
from pathlib import Path

from events.systems.ads.columns import SERVING_FILE, USER_FILE
from tests.faults.product import Product, Start
from tests.support.ads import Row, read_csv, seen, served
from tests.support.processes.tidemark import OURS, ROOT
from tests.support.processes.waiting import wait_until

ROUNDS = 5
PER_ROUND = 300


def start_collecting(product: Product, directory: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["TIDEMARK_DATA_DIR"] = str(product.tidemark.directory.path)
    command = [sys.executable, "manage.py", "collect_ads", "--output", str(directory)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def post(product: Product, number: int) -> list[Row]:
    ads = [served(f"ad-{number}-{index}", "9:00") for index in range(PER_ROUND // 2)]
    clicks = [seen(f"click-{number}-{index}", "9:01", ad["eventId"]) for index, ad in enumerate(ads)]
    for path, rows in (("ad_serving", ads), ("ad_impression", clicks)):
        bodies = [{name: value for name, value in row.items() if value} for row in rows]
        assert product.post(f"/v1/events/{path}", bodies).status_code == 202
    return [*ads, *clicks]


def test_killed_again_and_again_it_loses_and_doubles_no_line(
    start_product: Start, chance: random.Random, tmp_path: Path
) -> None:
    product = start_product()
    directory = tmp_path / "ads"
    sent: list[Row] = []
    for number in range(ROUNDS):
        collecting = start_collecting(product, directory)
        sent += post(product, number)
        if number % 3 == 2:
            for worker in product.work_children():
                worker.kill()
        # It is killed amid its work: somewhere between the first new line and the last.
        before = size_of(directory)
        least = before + chance.randrange(1, PER_ROUND * 10)
        wait_until(lambda: size_of(directory) > least, what="lines are written", seconds=60, every=0.001)  # noqa: B023
        collecting.kill()
        collecting.wait()
    product.wait_until_idle()
    finished = product.tidemark.manage("collect_ads", "--output", str(directory), "--once")
    assert finished.returncode == 0, finished.stderr
    for name, wanted in ((SERVING_FILE, False), (USER_FILE, True)):
        expected = sorted(row["eventId"] for row in sent if bool(row["parentEventId"]) is wanted)
        assert sorted(row["eventId"] for row in read_csv(directory / name)) == expected


def size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("*.csv"))
