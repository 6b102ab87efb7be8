"""How programs run as another user, and end with the process that started them: through util-linux's `setpriv`.

PostgreSQL refuses to run as root. As root we run it as `nobody`, who keeps one capability, CAP_DAC_OVERRIDE, so that it
reaches its files below directories that only root may enter; no user is made, and no directory changes its mode.
"""

import shutil
import signal
from pathlib import Path
from typing import TypeAlias

from config.local.exceptions import CannotStartError

CAP_DAC_OVERRIDE = 1
CAP_SETPCAP = 8
"""The capabilities' numbers in linux/capability.h."""


Account: TypeAlias = tuple[int, int]
"""A user and group by number."""


def launcher(*, death_signal: signal.Signals | None, account: Account | None = None) -> list[str]:
    """What to put before a command so that it runs as `account` and gets `death_signal` when its parent dies.

    Where there is no setpriv (macOS) nothing is put there: what outlives its parent is found at the next start.
    Raises CannotStartError where the user would have to change.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None and account is not None:
        raise CannotStartError(
            "PostgreSQL does not run as root, and the program setpriv, which would change the user, is missing: "
            "install util-linux, run as another user, or set DATABASE_URL and REDIS_URL."
        )
    if setpriv is None or (death_signal is None and account is None):
        return []
    prefix = [setpriv]
    if death_signal is not None:
        # util-linux 2.33 or newer knows --pdeathsig; it names signals without their prefix.
        prefix += ["--pdeathsig", death_signal.name.removeprefix("SIG")]
    if account is not None:
        prefix += [f"--reuid={account[0]}", f"--regid={account[1]}", "--clear-groups"]
        if _holds(CAP_DAC_OVERRIDE) and _holds(CAP_SETPCAP):
            # Without the secure bit, access(2), by which PostgreSQL looks for its own programs, ignores capabilities.
            prefix += ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*prefix, "--"]


def _holds(capability: int) -> bool:
    """Whether this process is permitted `capability`; containers take some from root."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    permitted = next((line.split()[1] for line in lines if line.startswith("CapPrm:")), "0")
    return bool(int(permitted, 16) >> capability & 1)
