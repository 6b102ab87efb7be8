"""Every command on README, CONTRIBUTING and the pages of docs/ works as it stands, on a running product."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.documentation import PAGES, ROOT, Block, blocks_of, name_of, shows
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

NOT_RUN = {
    "README.md: make demo": "it keeps running; test_up.py starts the same command",
    "CONTRIBUTING.md: git clone https://example.org/tidemark.git": "this test runs in what it makes",
    "CONTRIBUTING.md: make lint": "they are what runs this test",
    "docs/howto/add_system.md: .venv/bin/python manage.py generate weather --seconds 1 --rate 10": (
        "there is no such system here; test_add_system.py runs it"
    ),
    "docs/performance.md: make bench                                  # everything": "it takes an hour",
    "docs/running.md: export SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))') "
    "POSTGRES_PASSWORD=letters-and-digits": "it needs Docker; test_compose.py compares what it starts with `up`",
}
"""Blocks that are not run, by page and first line, and why."""

NO_COMMANDS = {"text", "json", "http", "js", "mermaid"}
"""What such a block holds is shown; nobody runs it."""

FOLLOWED_BY = {
    "docs/howto/add_event_type.md": "tests/integration/test_add_event_type.py",
    "docs/howto/add_system.md": "tests/acceptance/test_add_system.py",
    "docs/notifications.md": "tests/integration/notifications/test_new_rule.py",
}
"""Pages whose code is followed by tests of their own."""


@pytest.fixture(scope="module")
def tidemark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidemark]:
    directory = tmp_path_factory.mktemp("documentation")
    product = Tidemark(directory / "data", directory / "up", {"WEB_WORKERS": "1", "WORK_CONCURRENCY": "1"})
    product.wait_until_ready()
    yield product
    product.kill_tree()
    print(product.stderr()[-5000:])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where commands are run: what a clone has, and nothing that a command writes reaches ours."""
    folder = tmp_path_factory.mktemp("clone")
    for path in ROOT.iterdir():
        if path.name not in {".git", ".tidemark"}:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tidemark: Tidemark, folder: Path) -> None:
    for block in blocks_of(page):
        if reason_not_to_run(block) is None:
            run(block, tidemark, folder)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    languages = {block.language for block in blocks_of(page)}
    assert languages <= NO_COMMANDS | {"sh", "python"}
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    assert not re.findall(r"\n\n {4}\S.*", text), "a block has to be a fenced one"


def test_nothing_is_listed_that_is_not_there() -> None:
    blocks = {key_of(block) for page in PAGES for block in blocks_of(page)}
    assert set(NOT_RUN) <= blocks
    assert all((ROOT / test).is_file() for test in FOLLOWED_BY.values())


def key_of(block: Block) -> str:
    return f"{block.page}: {block.code.splitlines()[0]}"


def reason_not_to_run(block: Block) -> str | None:
    if block.language in NO_COMMANDS:
        return "it is no command"
    if block.language == "python" and block.page in FOLLOWED_BY:
        return FOLLOWED_BY[block.page]
    return NOT_RUN.get(key_of(block))


def run(block: Block, tidemark: Tidemark, folder: Path) -> None:
    """Runs the block; a command that only reads is repeated until it prints what the page shows."""
    code = as_it_runs_here(block.code, tidemark)
    command = ["bash", "-euo", "pipefail", "-c", code] if block.language == "sh" else [sys.executable, "-c", code]
    expected = block.output

    def succeeds() -> bool:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(tidemark, block.language),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        print(f"--- {block}\n{code}--- exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.returncode == 0 and (expected is None or shows(expected, done.stdout))

    only_reads = expected is not None and not re.search(r" -d | -X |--data|manage\.py", block.code)
    if only_reads:
        wait_until(succeeds, what=f"{block} shows what the page shows")
    else:
        assert succeeds(), f"{block} does not do what the page says"


def as_it_runs_here(code: str, tidemark: Tidemark) -> str:
    """The block with the product's address, and with what stands for something of the reader's own."""
    code = code.replace("http://localhost:8000", tidemark.base_url).replace("http://127.0.0.1:8000", tidemark.base_url)
    code = code.replace(".tidemark/run", str(tidemark.directory.sockets))
    code = re.sub(r"(manage\.py generate \w+)", rf"\1 --url {tidemark.base_url}", code)
    for placeholder, value in (("OPERATION_ID", newest_operation), ("STUBS_PORT", port_of_the_stubs)):
        if placeholder in code:
            code = code.replace(placeholder, value(tidemark))
    return code


def newest_operation(tidemark: Tidemark) -> str:
    events = [{"user": "reader", "slug": "docs", "at": 1}]
    response = requests.post(f"{tidemark.base_url}/v1/events/heartbeat", json=events, timeout=20)
    operation: str = response.json()["operation"]
    return operation


def port_of_the_stubs(tidemark: Tidemark) -> str:
    found = re.search(r"Stubs\s+http://127\.0\.0\.1:(\d+)", tidemark.stderr())
    assert found is not None
    return found[1]


def environment(tidemark: Tidemark, language: str) -> dict[str, str]:
    """What a reader's shell has who started the product in this folder; for Python, the servers' addresses, too."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EVENT_LOG"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    inherited |= {"TIDEMARK_DATA_DIR": str(tidemark.directory.path)}
    if language == "sh":
        return inherited
    broker = f"redis+socket://{tidemark.directory.valkey_socket}"
    return inherited | {"REDIS_URL": tidemark.directory.redis_url, "CELERY_BROKER_URL": broker, "PYTHONPATH": str(ROOT)}
