"""Changes of keys: each is noted, and none with a key in it."""

import json

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.audit import Actor, By
from duplistat.services.commands import Direct
from duplistat.store import audit
from duplistat.store.audit import Filter
from tests.support.site import Site

BY: Actor = By(7, "ada@example.org", "192.0.2.7").plain()
HOUR_MS = 3_600_000


def change(site: Site, verb: str, **arguments: object) -> dict[str, str]:
    writes: Direct = site.writes
    made: dict[str, str] = writes.call(
        verb, {"account": 1, "name": "nas", "now": site.now(), "by": BY} | arguments
    )
    return made


def test_each_change_of_a_key_is_noted_without_the_key(site: Site) -> None:
    expires_at = site.now() + HOUR_MS
    first = change(site, "create_key", scopes=["ingest", "read"], expires_at=expires_at)["key"]
    second = change(site, "rotate_key", keep_ms=HOUR_MS)["key"]
    change(site, "revoke_key")
    noted = audit.page(site.db, (1,), Filter(), before=None, limit=10)[::-1]
    assert [(entry.who, entry.action, entry.subject, json.loads(entry.after)) for entry in noted] == [
        (
            "ada@example.org",
            "key.create",
            "nas",
            {"scopes": "ingest read", "expires": "2026-01-28T13:00:00.000Z"},
        ),
        ("ada@example.org", "key.rotate", "nas", {"old until": "2026-01-28T13:00:00.000Z"}),
        ("ada@example.org", "key.revoke", "nas", {}),
    ]
    assert not [entry for entry in noted if first in str(entry) or second in str(entry)]


def test_a_key_that_is_taken_over_is_noted_without_itself(site: Site) -> None:
    change(site, "create_key", scopes=["read"], expires_at=None, key="secret-of-old")
    (entry,) = audit.page(site.db, (1,), Filter(), before=None, limit=10)
    assert (entry.action, entry.user, entry.address) == ("key.import", 7, "192.0.2.7")
    assert "secret-of-old" not in str(entry)


def test_what_was_refused_is_not_noted(site: Site) -> None:
    with pytest.raises(DuplistatError) as refused:
        change(site, "revoke_key")
    assert refused.value.kind is Kind.NOT_FOUND
    with pytest.raises(DuplistatError):
        change(site, "create_key", name=" ", scopes=["read"], expires_at=None)
    with pytest.raises(DuplistatError):
        change(site, "create_key", scopes=["read"], expires_at=None, key="")
    assert audit.page(site.db, (1,), Filter(), before=None, limit=10) == []
