"""A backup taken under load, restored elsewhere."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.clients import Clients, numbers_stored
from tests.faults.product import Product, Start
from tests.support.processes.tidemark import ROOT, Tidemark
from tests.support.processes.waiting import wait_until
from tests.support.tables import ends
from tests.support.watch_time import defined, stored


def manage(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a management command on a data directory of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment["TIDEMARK_DATA_DIR"] = str(data_dir)
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def refuse(taken: Path, data_dir: Path) -> str:
    """Why a backup is not put into a data directory: one line."""
    refused = manage(data_dir, "restore", str(taken))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    return refused.stderr.strip()


def test_what_was_accepted_before_a_backup_is_in_it_once(
    start_product: Start, start_tidemark: Callable[..., Tidemark], chance: random.Random, tmp_path: Path
) -> None:
    product = start_product()
    clients = Clients(product, count=4, chance=chance)
    clients.start(rounds=1000, singles=20)
    wait_until(lambda: len(clients.accepted()) >= 3000, what="3,000 events are accepted", seconds=120)
    backup = tmp_path / "backup"
    before = {beat.when for beat in clients.accepted()}
    taken = product.tidemark.manage("backup", str(backup))
    clients.stop.set()
    clients.join()
    assert taken.returncode == 0, taken.stderr
    product.tidemark.stop()

    elsewhere = tmp_path / "elsewhere"
    restored = manage(elsewhere, "restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    second = Product(start_tidemark(data_dir=elsewhere, environment={"EVENT_LOG": "off"}), tmp_path)
    try:
        second.wait_until_idle()
        sent = {beat.when: beat for client in clients.sent for beat in [*client.accepted, *client.unanswered]}
        numbers = numbers_stored(second)
        assert len(numbers) == len(set(numbers))
        assert before <= set(numbers) <= set(sent)
        assert ends(second.fetch) == {"heartbeat": (len(numbers), 0, 0, 0, 0, 0)}
        assert stored(second.fetch) == defined(sent[number] for number in numbers)
        second.check_watch_time()
    finally:
        second.close()

    # It is put only where nothing is lost, and only whole.
    assert f"{backup} exists already" in second.tidemark.manage("backup", str(backup)).stderr
    assert f"The servers of {elsewhere} are in use" in refuse(backup, elsewhere)
    assert "has data already: move it away" in refuse(backup, product.tidemark.directory.path)
    assert f"{tmp_path} is no backup" in refuse(tmp_path, tmp_path / "new")
    file = backup / "postgres" / "postgresql.conf"
    file.write_text(file.read_text() + "#")
    assert refuse(backup, tmp_path / "new") == f"The backup is broken: {file} is not what was backed up."
    file.unlink()
    assert refuse(backup, tmp_path / "new") == f"The backup is broken: {file}: No such file or directory."
    assert not (tmp_path / "new" / "postgres").exists()


def test_a_server_of_ones_own_is_not_backed_up_here(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SECRET_KEY": "k" * 50}
    for command in ("backup", "restore"):
        said = subprocess.run(
            [sys.executable, "manage.py", command, str(tmp_path / "backup")],
            cwd=ROOT,
            env=environment | {"ALLOWED_HOSTS": "localhost"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 1
        assert "DATABASE_URL names a server of your own" in said.stderr
