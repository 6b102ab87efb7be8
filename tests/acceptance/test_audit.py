"""`make audit`: what is known is found, what cannot be asked is said."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = re.search(r"^django==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
assert LOCKED is not None
DJANGO = LOCKED[1]


def audit(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".ci/audit.py"]
    inherited = {name: value for name, value in os.environ.items() if name != "AUDIT_DATA"}
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False, timeout=120
    )


def advisory(number: int, package: str, **affected: Any) -> dict[str, Any]:
    package_of = {"name": package, "ecosystem": "PyPI"}
    return {"id": f"PYSEC-2026-{number}", "aliases": [], "affected": [{"package": package_of} | affected]}


def between(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def data(path: Path, *advisories: dict[str, Any]) -> str:
    with zipfile.ZipFile(path / "all.zip", "w") as archive:
        for each in advisories:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
    return str(path / "all.zip")


def test_without_network_the_copy_of_the_advisories_is_asked(tmp_path: Path) -> None:
    harmless = (
        advisory(1, "Django", **between({"introduced": "0"}, {"fixed": DJANGO})),
        advisory(2, "Django", **between({"introduced": "0"}, {"last_affected": "4.2"}, {"introduced": "99"})),
        advisory(3, "Django", versions=["1.0"]),
        advisory(4, "something-else", **between({"introduced": "0"})),
    )
    known = audit(AUDIT_DATA=data(tmp_path, *harmless), HTTPS_PROXY="http://127.0.0.1:1")
    assert known.returncode == 0, known.stderr
    assert "No known vulnerabilities found" in known.stderr

    found = audit(
        AUDIT_DATA=data(
            tmp_path,
            *harmless,
            advisory(5, "Django", **between({"introduced": "0"})),
            advisory(6, "DJANGO", versions=[DJANGO]),
        ),
        HTTPS_PROXY="http://127.0.0.1:1",
    )
    assert found.returncode == 1, found.stderr
    assert "Found 2 known vulnerabilities in 1 package" in found.stderr
    assert set(re.findall(r"PYSEC-2026-\d", found.stdout)) == {"PYSEC-2026-5", "PYSEC-2026-6"}


def test_a_service_that_is_away_is_no_clean_bill_of_health() -> None:
    away = audit(HTTPS_PROXY="http://127.0.0.1:1", https_proxy="http://127.0.0.1:1")
    assert away.returncode == 2
    assert away.stderr.startswith("The dependencies were not audited: ")
    assert "AUDIT_DATA" in away.stderr
    assert "Traceback" not in away.stderr


@pytest.mark.parametrize("content", [b"no archive", None])
def test_a_copy_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "all.zip"
    if content is not None:
        file.write_bytes(content)
    result = audit(AUDIT_DATA=str(file))
    assert result.returncode == 2
    assert str(file) in result.stderr
    assert "Traceback" not in result.stderr
