"""What is written out of declarations: settings into docs/running.md and docker-compose.yml, others into docs/."""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from config.local.conf import LocalSettings
from config.retention_reference import kept_tables
from config.routes_reference import routes_table
from events.settings.setting import Setting

ROOT = Path(__file__).resolve().parent.parent
SET_BY_COMPOSE = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
"""docker-compose.yml makes these out of its own servers and secrets."""
OTHER_DEFAULTS = {"EVENT_LOG": "off"}
"""In containers, whose output is collected: events hold personal data."""


def tables(settings: Iterable[Setting[Any]]) -> str:
    """A Markdown table for each group."""
    return "\n".join(_table(group, list(members)) for group, members in groupby(settings, lambda each: each.group))


def _table(group: str, settings: list[Setting[Any]]) -> str:
    rows = [f"| `{each.name}` | {each.kind.may_be} | {_default(each)} | {each.meaning} |\n" for each in settings]
    return f"### {group}\n\n| variable | may be | default | meaning |\n|---|---|---|---|\n{''.join(rows)}"


def _default(setting: Setting[Any]) -> str:
    if setting.default_in_words:
        return setting.default_in_words
    match setting.default:
        case None | []:
            return "none"
        case bool():
            return "`on`" if setting.default else "`off`"
        case float():
            return f"`{setting.default:g}`"
        case list():
            return f"`{','.join(setting.default)}`"
        case _:
            return f"`{setting.default}`"


def passed_on(settings: Iterable[Setting[Any]]) -> str:
    """The variables that a container gets from the host's environment or the file .env: all but what is local."""
    local = {setting.name for setting in LocalSettings.declared()}
    return "".join(
        f"  {each.name}:{_default_in_compose(each.name)}\n"
        for each in settings
        if each.name not in SET_BY_COMPOSE | local
    )


def _default_in_compose(name: str) -> str:
    return f" ${{{name}:-{OTHER_DEFAULTS[name]}}}" if name in OTHER_DEFAULTS else ""


_SECTIONS: dict[Path, tuple[str, str, Callable[[Iterable[Setting[Any]]], str]]] = {
    ROOT / "docs" / "running.md": ("<!-- settings: begin -->\n\n", "\n<!-- settings: end -->", tables),
    ROOT / "docs" / "retention.md": (
        "<!-- kept: begin -->\n\n",
        "\n<!-- kept: end -->",
        lambda _settings: kept_tables(),
    ),
    ROOT / "docs" / "security.md": (
        "<!-- routes: begin -->\n\n",
        "\n<!-- routes: end -->",
        lambda _settings: routes_table(),
    ),
    ROOT / "docker-compose.yml": ("  # settings: begin\n", "  # settings: end", passed_on),
}


def files(settings: Iterable[Setting[Any]]) -> dict[Path, str]:
    """The files that say something about all settings or routes, and what each should contain."""
    settings = list(settings)
    return {path: _with_section(path.read_text(), *section, settings) for path, section in _SECTIONS.items()}


def _with_section(
    text: str,
    begin: str,
    end: str,
    write: Callable[[Iterable[Setting[Any]]], str],
    settings: list[Setting[Any]],
) -> str:
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{begin.strip()} and {end.strip()} do not stand where they should.")
    return before + begin + write(settings) + end + after
