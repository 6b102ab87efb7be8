"""`manage.py prepare` makes the first administrator: of the environment, else on embedded servers alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an installation whose servers the environment names."""
    settings.EMBEDDED_DATABASE = False
    settings.DATA_DIRECTORY = SimpleNamespace(path=tmp_path)
    for part in ("USERNAME", "PASSWORD", "EMAIL"):
        monkeypatch.delenv(f"DJANGO_SUPERUSER_{part}", raising=False)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "boss")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "boss@example.org")


def test_in_production_there_is_no_default(directory: Path) -> None:
    call_command("prepare")
    assert not User.objects.exists()
    assert not list(directory.iterdir())


def test_embedded_there_is_one_with_a_password_of_its_own(directory: Path, settings: Settings) -> None:
    settings.EMBEDDED_DATABASE = True
    call_command("prepare")
    (admin,) = User.objects.all()
    file = directory / "admin-password"
    assert admin.check_password(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("is_embedded", [True, False])
def test_the_environment_names_the_first_one_and_changes_it_never(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, is_embedded: bool
) -> None:
    settings.EMBEDDED_DATABASE = is_embedded
    given(monkeypatch, "a long pass phrase")
    call_command("prepare")
    given(monkeypatch, "another pass phrase")
    call_command("prepare")
    (boss,) = User.objects.all()
    assert (boss.username, boss.email, boss.is_superuser) == ("boss", "boss@example.org", True)
    assert boss.check_password("a long pass phrase")


def test_a_weak_password_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "admin")
    with pytest.raises(CommandError, match=r"DJANGO_SUPERUSER_PASSWORD: .*at least 12 characters") as refused:
        call_command("prepare")
    assert "admin" not in str(refused.value)
    assert not User.objects.exists()
