"""Garbage is not collected while a process loads, and is afterwards."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("load", "is_enabled"),
    [
        ("import config.settings", False),
        ("import django; django.setup()", True),
        ("from config.local.up.preflight import check_settings; check_settings()", True),
    ],
)
def test_collections_pause_while_a_process_loads(load: str, is_enabled: bool, tmp_path: Path) -> None:
    own = {"DJANGO_SETTINGS_MODULE": "config.settings", "TIDEMARK_DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    result = subprocess.run(
        [sys.executable, "-c", f"{load}; import gc; print(gc.isenabled())"],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == str(is_enabled)


def test_what_was_loaded_is_left_out_of_collections() -> None:
    assert gc.get_freeze_count() > 50_000
