"""`manage.py create_api_key`, `revoke_api_key` and `list_api_keys`."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from events.access import door
from events.access.exceptions import RevokedKey
from events.access.keys import digest_of, is_key, prefix_of
from events.access.models import ApiKey
from events.access.principals import principals
from tests.support.access import store_key

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and standard error of a command."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_key_stands_alone_on_standard_output_and_nowhere_in_the_table() -> None:
    arguments = ["shop", "--scope", "read", "--scope", "ingest", "--expires", "90d", "--limit", "1000/s"]
    out, err = run("create_api_key", *arguments)
    key = out.strip()
    assert is_key(key)
    assert key not in err
    assert "A key of shop for ingest, read, valid until" in err

    stored = ApiKey.objects.get()
    assert (stored.name, stored.prefix, bytes(stored.digest)) == ("shop", prefix_of(key), digest_of(key))
    assert (stored.scopes, stored.limit, stored.origins) == (["ingest", "read"], "1000/s", [])
    assert stored.expires_at is not None
    assert stored.expires_at - stored.created_at == timedelta(days=90)
    assert key not in str(ApiKey.objects.values().get())
    assert door.identify(f"Bearer {key}", needs_key=True).owner == "key:shop"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["", "--scope", "read"], "blank"),
        (["../etc", "--scope", "read"], "A name has 1 to 100 letters"),
        (["shop"], "--scope"),
        (["shop", "--scope", "write"], "invalid choice: 'write'"),
        (["shop", "--scope", "read", "--expires", "soon"], "'soon' is no time; write 90d, 12h or 30m"),
        (["shop", "--scope", "read", "--limit", "many"], "A limit is a number of events by s, m, h or d"),
        (["shop", "--scope", "ingest", "--origin", "https://a.example/path"], "'https://a.example/path' is no origin"),
        (["shop", "--scope", "read", "--origin", "https://a.example"], "can only have the scope ingest"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure(arguments: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint.replace("(", r"\(")):
        run("create_api_key", *arguments)
    assert ApiKey.objects.count() == 0


@pytest.mark.parametrize("named_by", [prefix_of, str], ids=["prefix", "whole key"])
def test_a_revoked_key_is_refused(named_by: Any) -> None:
    key, other = store_key("read"), store_key("read")
    out, _ = run("revoke_api_key", named_by(key))
    assert out == f"shop ({prefix_of(key)}) is revoked: within 5 seconds it is refused everywhere.\n"
    with pytest.raises(RevokedKey):
        door.identify(f"Bearer {key}", needs_key=True)
    assert door.identify(f"Bearer {other}", needs_key=True).key == prefix_of(other)
    with pytest.raises(CommandError, match="already"):
        run("revoke_api_key", prefix_of(key))


def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    with pytest.raises(CommandError, match="No key begins with 'tdm_nothing'"):
        run("revoke_api_key", "tdm_nothing")


def test_keys_are_listed_without_what_opens_the_door() -> None:
    keys = [store_key("ingest", "read", name="shop", limit="10/m"), store_key("manage", name="till")]
    run("revoke_api_key", prefix_of(keys[1]))
    principals.forget()
    headings, first, second = run("list_api_keys")[0].splitlines()
    assert " ".join(headings.split()) == "prefix name scopes limit origins created expires last used state"
    assert first.split()[:5] == [prefix_of(keys[0]), "shop", "ingest,read", "10/m", "-"]
    assert (first.split()[-1], second.split()[-1]) == ("valid", "revoked")
    assert not any(key in first + second for key in keys)
