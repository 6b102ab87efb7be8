"""On a running product every Redis key is declared, and `manage.py prune` works."""

import os
import subprocess
import sys
from collections.abc import Callable

import redis

from events.retention.registry import redis_keys
from tests.support.processes.tidemark import ROOT, Tidemark
from tests.support.processes.waiting import wait_until


def test_every_key_of_a_running_product_is_declared(start_tidemark: Callable[..., Tidemark]) -> None:
    tidemark = start_tidemark(arguments=("--demo",))
    client = redis.Redis.from_url(tidemark.directory.redis_url)
    seen: set[str] = set()

    def look() -> bool:
        seen.update(key.decode() for key in client.scan_iter(count=1000))
        # The demonstration says where it ends, and the broker's keys come and go.
        return {"tidemark:casino:deposits", "tidemark:feed"} <= seen and any(":lookup:" in key for key in seen)

    wait_until(look, what="the demonstration has used all systems", seconds=90)
    assert {key for key in seen if not any(kept.is_name_of(key) for kept in redis_keys)} == set()

    environment = os.environ | {"TIDEMARK_DATA_DIR": str(tidemark.directory.path)}
    ours = {
        name: value for name, value in environment.items() if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "prune", "--dry-run"],
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "chunks: 0 rows would be deleted." in done.stdout
