"""`make pictures`: the pictures of the README, of a running demonstration in a real terminal and a real browser."""

import html
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLUMNS, ROWS = 92, 400
PATIENCE_SECONDS = 120
#: What a terminal of dark background shows the named colours as.
FOREGROUND = "#d8dee9"
COLOURS = {"red": "#ff6b6b", "green": "#7bd88f", "cyan": "#5ad4e6", "magenta": "#c792ea"}
STYLE = """
    body { margin: 0; padding: 18px; background: #1b1f27; width: max-content }
    div { display: flex; gap: 28px }
    pre { margin: 0; color: #d8dee9; font: 13px/1.25 "DejaVu Sans Mono", monospace }
"""


def main() -> None:
    with running_demo() as (screen, url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        picture_of_terminal(browser, screen)
        picture_of_docs(browser, url)
        picture_of_admin(browser, url, *login_in(screen))
        browser.close()
    for picture in sorted(HERE.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1024} KiB")


@contextmanager
def running_demo() -> Iterator[tuple[pyte.Screen, str]]:
    """`manage.py up --demo` in a terminal of its own, once the demonstration is done; its screen and its address."""
    with tempfile.TemporaryDirectory(prefix="tidemark-pictures-") as folder:
        port = free_port()
        command = [sys.executable, "manage.py", "up", "--demo", "--port", str(port), "--data-dir", folder]
        # Without log lines and event log: the picture is of what the demonstration prints.
        settings = {"LOG_LEVEL": "ERROR", "EVENT_LOG": "off", "COLUMNS": str(COLUMNS), "TERM": "xterm"}
        ours, theirs = pty.openpty()
        product = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        try:
            yield screen_at_the_end(ours), f"http://127.0.0.1:{port}"
        finally:
            product.terminate()
            with suppress(OSError):
                while os.read(ours, 65536):
                    pass
            product.wait()


def free_port() -> int:
    """8000, which is what a reader will see, or any other one."""
    for port in (8000, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("There is no free port.")


def screen_at_the_end(terminal: int) -> pyte.Screen:
    """What stands on the screen when the demonstration is done."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any("Demonstration done" in line for line in screen.display):
        if time.monotonic() > deadline:
            raise TimeoutError("The demonstration did not come to its end.")
        stream.feed(os.read(terminal, 65536))
    return screen


def login_in(screen: pyte.Screen) -> tuple[str, str]:
    """The admin's user and password, as the panel shows them."""
    found = re.search(r"user (\S+), password (\S+)", "\n".join(screen.display))
    assert found is not None
    return found[1], found[2]


def picture_of_terminal(browser: Browser, screen: pyte.Screen) -> None:
    """Everything that was printed, in two columns."""
    lines = [as_html(screen, row) for row in range(screen.cursor.y + 1)]
    titles = [row for row in range(len(lines)) if re.match(r"─+ [A-Z].* ─+", screen.display[row])]
    middle = min(titles, key=lambda row: abs(row - len(lines) / 2))
    columns = "".join("<pre>" + "\n".join(part) + "</pre>" for part in (lines[:middle], lines[middle:]))
    page = browser.new_page(viewport={"width": 1500, "height": 400})
    page.set_content(f"<style>{STYLE}</style><body><div>{columns}</div>")
    keep(page, "demo.png", full_page=True)


def as_html(screen: pyte.Screen, row: int) -> str:
    """One line of the screen, with its colours."""
    line, cells = "", screen.buffer[row]
    for column in range(len(screen.display[row].rstrip())):
        cell = cells[column]
        style = f"color:{COLOURS.get(cell.fg, FOREGROUND)};font-weight:{'bold' if cell.bold else 'normal'}"
        line += f'<span style="{style}">{html.escape(cell.data)}</span>'
    return line


def picture_of_docs(browser: Browser, url: str) -> None:
    """The API's description, with one route tried out."""
    page = browser.new_page(viewport={"width": 1100, "height": 1000})
    page.goto(f"{url}/docs")
    route = page.locator("[id$='-getMovie']")
    route.locator(".opblock-summary-control").click()
    route.get_by_role("button", name="Try it out").click()
    route.locator("input[type=text]").first.fill("dune")
    route.get_by_role("button", name="Execute").click()
    route.locator(".live-responses-table").wait_for()
    route.evaluate("route => window.scrollTo(0, route.getBoundingClientRect().top + window.scrollY - 60)")
    keep(page, "docs.png")


def picture_of_admin(browser: Browser, url: str, user: str, password: str) -> None:
    """The list of events."""
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    page.goto(f"{url}/admin/login/?next=/admin/events/event/")
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("input[type=submit]")
    page.click("#toggle-nav-sidebar")
    page.wait_for_selector("#result_list")
    page.evaluate("window.scrollTo(0, 0)")
    keep(page, "admin.png")


def keep(page: Page, name: str, *, full_page: bool = False) -> None:
    path = HERE / name
    page.screenshot(path=path, full_page=full_page)
    page.close()
    with Image.open(path) as picture:  # 128 colours are enough, and a third of the bytes
        picture.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


if __name__ == "__main__":
    main()
