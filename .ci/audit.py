"""`make audit`: known vulnerabilities of what the locks name, by pip-audit; CONTRIBUTING.md says what it needs.

pip-audit asks PyPI. Where AUDIT_DATA names a file of OSV's advisories, it asks a server of ours instead, which knows
that file and speaks like OSV's.
"""

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-browser.lock")  # the image's is a part of the first
UNANSWERED = """\
The dependencies were not audited: {reason}
`make audit` asks the vulnerability service of PyPI over the network. Without one, name a copy of OSV's advisories for
PyPI (the file PyPI/all.zip of its data dumps): make audit AUDIT_DATA=/path/to/all.zip
"""
Advisories = dict[str, list[dict[str, Any]]]


def main() -> int:
    data = os.environ.get("AUDIT_DATA")
    if not data:
        return audit([], dict(os.environ))
    try:
        advisories = read_advisories(Path(data))
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        sys.stderr.write(UNANSWERED.format(reason=f"AUDIT_DATA is {data!r}: {error}."))
        return 2
    with served(advisories) as url:
        return audit(["--vulnerability-service", "osv", "--osv-url", url], {**os.environ, "NO_PROXY": "127.0.0.1"})


def audit(options: list[str], environment: dict[str, str]) -> int:
    """pip-audit's exit code: 0 if nothing is known, 1 if something is; 2 if it could not find out."""
    locks = chain.from_iterable(("--requirement", str(ROOT / lock)) for lock in LOCKS)
    command = [sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run([*command, *locks, *options], env=environment, stderr=subprocess.PIPE, text=True, check=False)
    # It ends with 1 and a traceback when it cannot connect, and with 1 when it has found something.
    if done.returncode and "known vulnerabilit" not in done.stderr:
        *_, reason = done.stderr.strip().splitlines() or ["it says nothing"]
        sys.stderr.write(UNANSWERED.format(reason=reason))
        return 2
    sys.stderr.write(done.stderr)
    return done.returncode


def read_advisories(path: Path) -> Advisories:
    """By package, the advisories of an archive of JSON files, one for each."""
    found: Advisories = defaultdict(list)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            advisory = json.loads(archive.read(name))
            for package in {name_of(each) for each in advisory.get("affected", [])}:
                found[package].append(advisory)
    if not found:
        raise ValueError("it holds no advisory")
    return found


@contextmanager
def served(advisories: Advisories) -> Iterator[str]:
    """The address of a server that answers OSV's query from these."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package, version = query["package"]["name"], Version(query["version"])
            known = [each for each in advisories.get(package, []) if concerns(each, package, version)]
            body = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def concerns(advisory: dict[str, Any], package: str, version: Version) -> bool:
    """Whether a version is affected: it is listed, or within a range (the OSV schema, "Evaluation")."""
    for affected in advisory["affected"]:
        if name_of(affected) != package:
            continue
        ranges = [each["events"] for each in affected.get("ranges", []) if each["type"] == "ECOSYSTEM"]
        if version in map(parsed, affected.get("versions", [])) or any(is_within(each, version) for each in ranges):
            return True
    return False


def name_of(affected: dict[str, Any]) -> str:
    return canonicalize_name(affected.get("package", {}).get("name", ""))


def is_within(events: list[dict[str, str]], version: Version) -> bool:
    affected = False
    bounds = [(parsed(text), kind) for each in events for kind, text in each.items()]
    for bound, kind in sorted(bounds):
        if kind == "introduced" and version >= bound:
            affected = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            affected = False
    return affected


def parsed(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")  # of a time before there were rules


if __name__ == "__main__":
    sys.exit(main())
