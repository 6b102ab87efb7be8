"""Running tests against mutants, one by one, in a copy of the working tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT
from tempfile import TemporaryDirectory
from urllib.parse import quote

from config.local.embedded.data_directory import DATABASE_NAME, DATABASE_USER, DataDirectory
from config.local.embedded.postgres import POSTGRES
from config.local.embedded.servers import EmbeddedServers
from config.local.embedded.valkey import VALKEY
from tests.mutants.declared import ROOT, Mutant

#: A test that does not come to its end has not told what is wrong.
TEST_SECONDS = 180
#: pytest's exit codes. Others say that it could not even run the tests.
PASSED, FAILED = 0, 1
PLUGINS = ("-p", "pytest_django.plugin", "-p", "pytest_httpserver.pytest_plugin", "-p", "no:cacheprovider")
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-rf", "--tb=short", *PLUGINS)


@dataclass(frozen=True)
class Verdict:
    """What tests said.

    Attributes:
        exit_code: pytest's; None if it took too long.
        failure: the line about the test that failed, if one did.
        output: all that pytest printed.
    """

    exit_code: int | None
    output: str
    seconds: float

    @property
    def failure(self) -> str:
        lines = self.output.splitlines() if self.exit_code == FAILED else []
        return next((line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")), "")


class Workplace:
    """A copy of the working tree, in which this interpreter runs tests, and servers that all these runs share.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tidemark"
        _copy_working_tree(self._folder)
        directory = DataDirectory(folder / "data")
        self._servers = EmbeddedServers(directory, [POSTGRES, VALKEY])
        self._addresses = {
            "DATABASE_URL": f"postgres://{DATABASE_USER}@/{DATABASE_NAME}?host={quote(str(directory.sockets))}",
            "REDIS_URL": directory.redis_url,
        }
        self._has_database = False

    def start(self) -> None:
        self._servers.start()
        self._servers.wait_until_ready()

    def stop(self) -> None:
        self._servers.stop()

    def judge(self, mutant: Mutant) -> Verdict:
        """What its test says of the product with this change."""
        path = self._folder / mutant.file
        original = path.with_name(f"{path.name}.original")
        shutil.copy2(path, original)
        path.write_text(mutant.applied_to(path.read_text()))
        try:
            return self._run([mutant.killed_by], seconds=TEST_SECONDS, own_servers=mutant.own_servers, is_mutant=True)
        finally:
            original.replace(path)

    def judge_original(self, tests: Iterable[str]) -> Verdict:
        """What these tests say of the product as it is."""
        return self._run(sorted(set(tests)), seconds=None)

    def _run(
        self, tests: list[str], *, seconds: float | None, own_servers: bool = False, is_mutant: bool = False
    ) -> Verdict:
        began = time.monotonic()
        # Loading all plugins takes longer than most of these tests.
        environment = os.environ | {"COLUMNS": "250", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        if is_mutant:  # Python would not notice two changes of a file within a second
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        if not own_servers:
            environment |= self._addresses
        database = ["--reuse-db"] if self._has_database else ["--reuse-db", "--create-db"]
        command = [*PYTEST, *([] if own_servers else database), *tests]
        try:
            done = subprocess.run(
                command, cwd=self._folder, env=environment, stdout=PIPE, stderr=STDOUT, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            self._has_database = False  # something may be left in it
            return Verdict(None, f"It took more than {seconds:.0f} s.", time.monotonic() - began)
        self._has_database = True
        return Verdict(done.returncode, done.stdout, time.monotonic() - began)


def _copy_working_tree(folder: Path) -> None:
    """What git knows, or would take; as it is, committed or not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():  # not deleted since
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def workplace() -> Iterator[Workplace]:
    """A workplace that is gone afterwards."""
    with TemporaryDirectory(prefix="tidemark-mutants-") as folder:
        made = Workplace(Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()
