"""A setting is declared once; what reads it, documents it and passes it on follows from that."""

import re
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml
from corsheaders.conf import Settings as CorsSettings
from django.conf import global_settings, settings
from pytest_django import Settings

from config.environment import WrongVariableError, read
from config.local.conf import LocalSettings
from config.settings_reference import files
from events.exceptions import AlreadyRegistered
from events.settings.kinds import SWITCH
from events.settings.setting import Setting, settings_declared_in
from tests.support.documentation import PAGES, name_of

ROOT = Path(__file__).resolve().parents[3]
DECLARED: dict[str, Setting[Any]] = settings.DECLARED_SETTINGS
A_VARIABLE = r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"


def python_source(*folders: str) -> str:
    return "\n".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files(DECLARED.values()), ids=lambda path: path.name)
def test_the_documentation_and_compose_say_what_is_declared(path: Path) -> None:
    assert path.read_text() == files(DECLARED.values())[path], "run `manage.py document_settings`"


def test_compose_passes_every_setting_on_to_the_containers_that_read_it() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    of_stubs = compose["services"]["stubs"]["environment"]
    local = {setting.name for setting in LocalSettings.declared()}
    assert set(compose["x-environment"]) == set(DECLARED) - local
    assert set(of_stubs) == local - {"TIDEMARK_DATA_DIR", "ADS_OUTPUT", "TIDEMARK_API_KEY"}  # containers have no `up`


def test_every_module_conf_is_found() -> None:
    modules = {path.relative_to(ROOT) for path in ROOT.glob("*/**/conf.py") if ".venv" not in path.parts}
    source = "\n".join((ROOT / path).read_text() for path in modules)
    named = set(re.findall(r"^    ([A-Z_]+) = Setting", source, re.MULTILINE))
    assert named == set(DECLARED)


def test_each_declared_setting_is_read_from_its_variable() -> None:
    source = python_source("config", "events", "watchtime", "notifications")
    for name, setting in DECLARED.items():
        assert hasattr(settings, name)
        assert read(setting, {}) == setting.default
        used = rf"(?:conf|settings|sizes|Servers|Web|Admin|Processes|Retention|[A-Z]\w+Settings)\.{name}\b"
        is_of_a_library = hasattr(global_settings, name) or hasattr(CorsSettings, name)
        assert is_of_a_library or re.search(used, source), f"nobody uses {name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_documented_variable_exists(page: Path) -> None:
    source = python_source("config", "events", "tests", "benchmarks") + (ROOT / "docker-compose.yml").read_text()
    exist = {*DECLARED, *re.findall(A_VARIABLE, source)}
    text = re.sub(r"```python.*?```", "", page.read_text(), flags=re.DOTALL)
    assert set(re.findall(A_VARIABLE, text)) - exist == set()


def test_a_value_that_is_no_default_reaches_the_app(settings: Settings) -> None:
    from events.conf import conf

    settings.CHUNK_SIZE = 7
    assert conf.CHUNK_SIZE == 7


def test_a_setting_of_two_apps_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given an app that declares what the engine declares
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "an_app").mkdir()
    (tmp_path / "an_app" / "conf.py").write_text((ROOT / "watchtime" / "conf.py").read_text())
    # then
    with pytest.raises(AlreadyRegistered, match=r"an_app\.conf declares WATCHTIME_POLICY"):
        settings_declared_in(["watchtime", "an_app"])


MAY_HOLD_A_SECRET = [
    name
    for name, setting in DECLARED.items()
    if re.search("URL|KEY|SECRET|PASSWORD|TOKEN", name) and setting.kind is not SWITCH
]
WRONG = ("hidden", "mysql://me:hidden@host/hidden", "https://[hidden", "redis://host:hidden/0", "hidden\n")


@pytest.mark.parametrize("name", MAY_HOLD_A_SECRET)
def test_a_variable_that_may_hold_a_secret_is_never_quoted(name: str) -> None:
    for value in WRONG:
        assert "hidden" not in DECLARED[name].kind.quote(value)
        assert "hidden" not in complaint_about(DECLARED[name], value)


def complaint_about(setting: Setting[Any], value: str) -> str:
    """All that a traceback would show; nothing if the value may be."""
    try:
        read(setting, {setting.name: value})
    except WrongVariableError as error:
        return "".join(traceback.format_exception(error))
    return ""


def test_each_kind_of_secret_is_among_them() -> None:
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EXCHANGE_RATES_API_KEY", "REGION_URL"} <= set(MAY_HOLD_A_SECRET)
    assert complaint_about(DECLARED["DATABASE_URL"], WRONG[1])
