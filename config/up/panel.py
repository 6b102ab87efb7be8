"""What `up` prints when it is ready: where to look."""

from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

ADMIN_NAME = "admin"


def print_panel(
    *, base_url: str, data_directory: Path, admin_password: Path, stubs: str | None, seconds: float
) -> None:
    """Print the addresses to standard error; standard output is the event log's."""
    rows = Table.grid(padding=(0, 2))
    rows.add_row("API", base_url)
    rows.add_row("Docs", f"{base_url}/docs")
    rows.add_row("Admin", f"{base_url}/admin/")
    if admin_password.exists():
        rows.add_row("", f"user {ADMIN_NAME}, password {admin_password.read_text().strip()}")
    if stubs:
        rows.add_row("Stubs", f"{stubs} (outside services)")
    rows.add_row("Data", str(data_directory))
    rows.add_row("Stop", "Ctrl-C")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Panel.fit(rows, title=f"Tidemark is ready after {seconds:.1f} s", border_style="green"))
