"""Which user the servers run as, and how they learn that the host has died.

PostgreSQL refuses to run as root. As root we run it as `nobody`, who keeps one capability,
CAP_DAC_OVERRIDE, so that it reaches its files below directories that only root may enter; no user is made
and no directory above the data directory changes its mode.
"""

import os
import pwd
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from config.embedded.exceptions import EmbeddedServersError

CAP_DAC_OVERRIDE = 1
CAP_SETPCAP = 8
"""The capabilities' numbers in linux/capability.h."""


@dataclass(frozen=True)
class Account:
    """A user and group by number."""

    uid: int
    gid: int


def server_account(postgres: Path) -> Account | None:
    """Who runs the servers when we are root: the owner of PostgreSQL's data, else nobody. None: we do."""
    if os.geteuid() != 0:
        return None
    if postgres.exists() and postgres.stat().st_uid != 0:
        owner = postgres.stat()
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def launcher(account: Account | None, *, on_host_death: signal.Signals) -> list[str]:
    """What to put before a server's command so that it runs as `account` and ends with its host."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if account is not None:
            raise EmbeddedServersError(
                "PostgreSQL does not run as root, and the program setpriv, which would change the user, is missing: "
                "install util-linux, run as another user, or set DATABASE_URL and REDIS_URL."
            )
        return []  # macOS: there is no death signal, the next start clears up
    # util-linux 2.33 or newer knows --pdeathsig; it names signals without their prefix.
    prefix = [setpriv, "--pdeathsig", on_host_death.name.removeprefix("SIG")]
    if account is not None:
        prefix += [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        if _holds(CAP_DAC_OVERRIDE) and _holds(CAP_SETPCAP):
            # Without the secure bit, access(2), by which PostgreSQL looks for its own programs, ignores capabilities.
            prefix += ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*prefix, "--"]


def _holds(capability: int) -> bool:
    """Whether this process is permitted `capability`; containers take some from root."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    for line in status.read_text().splitlines():
        if line.startswith("CapPrm:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return False
