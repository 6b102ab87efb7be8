"""`python -m config.demo http://127.0.0.1:8000`: demonstrate every system on a running Tidemark."""

import argparse
import importlib
import pkgutil
import sys
from types import ModuleType

import requests
from rich.console import Console

from config import demo
from config.demo.api import Api


def systems() -> list[ModuleType]:
    """The modules of this package that demonstrate a system, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(demo.__path__) if not module.name.startswith("_"))
    modules = [importlib.import_module(f"{demo.__name__}.{name}") for name in names]
    return [module for module in modules if hasattr(module, "TITLE")]


def main() -> int:
    """Run them one after the other; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m config.demo", description=__doc__)
    parser.add_argument("base_url")
    api = Api(parser.parse_args().base_url)
    console = Console(highlight=False)
    failed = 0
    for system in systems():
        console.rule(f"[bold]{system.TITLE}")
        try:
            system.run(api, console)
        except requests.RequestException as error:
            console.print(f"[red]{system.TITLE} failed:[/red] {error}", soft_wrap=True)
            failed = 1
    console.print("Demonstration done. Tidemark keeps running; Ctrl-C stops it.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
