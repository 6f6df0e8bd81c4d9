"""Changes of keys: each is noted, and none with a key in it."""

import json
from typing import TypedDict

import pytest

from duplistat.core.errors import DuplistatError, Kind
from duplistat.services.access.api_keys import create_key, import_key, revoke_key, rotate_key
from duplistat.services.audit import By
from duplistat.store import audit
from duplistat.store.audit import Filter
from tests.support.site import Site

ADA = By(7, "ada@example.org", "192.0.2.7")
HOUR_MS = 3_600_000


class Named(TypedDict):
    account: int
    name: str


NAS: Named = {"account": 1, "name": "nas"}


def test_each_change_of_a_key_is_noted_without_the_key(site: Site) -> None:
    expires_at = site.now() + HOUR_MS
    first = site.writes.run(
        create_key, **NAS, scopes=["ingest", "read"], expires_at=expires_at, **site.signature(ADA)
    )
    second = site.writes.run(rotate_key, **NAS, keep_ms=HOUR_MS, **site.signature(ADA))
    site.writes.run(revoke_key, **NAS, **site.signature(ADA))
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
    site.writes.run(
        import_key, **NAS, scopes=["read"], expires_at=None, key="secret-of-old", **site.signature(ADA)
    )
    (entry,) = audit.page(site.db, (1,), Filter(), before=None, limit=10)
    assert (entry.action, entry.user, entry.address) == ("key.import", 7, "192.0.2.7")
    assert "secret-of-old" not in str(entry)


def test_what_was_refused_is_not_noted(site: Site) -> None:
    with pytest.raises(DuplistatError) as refused:
        site.writes.run(revoke_key, **NAS, **site.signature(ADA))
    assert refused.value.kind is Kind.NOT_FOUND
    with pytest.raises(DuplistatError):
        site.writes.run(
            create_key, account=1, name=" ", scopes=["read"], expires_at=None, **site.signature(ADA)
        )
    with pytest.raises(DuplistatError):
        site.writes.run(import_key, **NAS, scopes=["read"], expires_at=None, key="", **site.signature(ADA))
    assert audit.page(site.db, (1,), Filter(), before=None, limit=10) == []
