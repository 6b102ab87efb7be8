"""Under which names `up` is reached."""

import socket
from pathlib import Path

import psutil
import pytest

from config.local.embedded.data_directory import DataDirectory
from config.local.up.ready import Site


def site(host: str) -> Site:
    return Site(host, 8000, DataDirectory(Path("/data")), stub_port=None)


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_address_that_works_on_this_machine(host: str, base_url: str) -> None:
    assert site(host).base_url == base_url


@pytest.mark.parametrize(
    ("host", "names"), [("127.0.0.1", []), ("localhost", []), ("192.0.2.7", ["192.0.2.7"]), ("fd00::7", ["[fd00::7]"])]
)
def test_a_single_address_is_the_only_name(host: str, names: list[str]) -> None:
    assert site(host).names == names


def test_who_listens_everywhere_has_every_name_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def address(text: str, family: int = socket.AF_INET) -> psutil._ntuples.snicaddr:
        return psutil._ntuples.snicaddr(family, text, None, None, None)

    cards = {
        "lo": [address("127.0.0.1"), address("::1", socket.AF_INET6)],
        "eth0": [address("192.0.2.7"), address("fd00::7", socket.AF_INET6), address("02:fc:00:00:00:01", 17)],
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: cards)
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    assert site("0.0.0.0").names == ["laptop", "192.0.2.7", "[fd00::7]"]
