"""/settings/keys: made, shown once, replaced, revoked, and only within one's own tree."""

import json
import re

import pytest

from duplistat.apis.native.operations import OPERATIONS
from duplistat.core.times import to_ms
from duplistat.services.access import api_keys as services
from duplistat.services.access.api_keys import ALLOWED, Scope
from duplistat.store import audit, keys
from duplistat.store.audit import Filter
from tests.support.known import the_account
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

A_KEY = re.compile(r"ds_[\w-]{43}")
EVIL = "<script>alert(1)</script>\u202e\x1b[31m" + "W" * 100


def the_key(html: str) -> str:
    """It stands in the lines to paste as well."""
    (found,) = set(A_KEY.findall(html))
    return str(found)


def make(site: Site, name: str = "nas", **fields: str) -> str:
    return the_key(site.send("/settings/keys", 200, **({"name": name, "scope": "ingest"} | fields)).text)


def only_key(site: Site) -> keys.Key:
    (found,) = keys.of_account(site.db)
    return found


def test_a_key_is_shown_once_and_works(site_on_both: Site) -> None:
    site = site_on_both
    answer = site.send("/settings/keys", 200, name="nas", scope=["ingest", "read"], expires="2026-11-21")
    key = the_key(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert key not in site.html("/settings/keys")
    row = only_key(site)
    assert services.find(site.db, key, row.created_at).scopes == "ingest read"
    # The end of that day in Berlin.
    assert row.expires_at == 1795302000000
    page = site.text("/settings/keys")
    assert "nas" in page
    assert "never used" in page
    assert "active, expires Sun 00:00" in page
    (entry,) = audit.page(site.db, (row.account_id,), Filter(), before=None, limit=9)
    assert (entry.who, entry.action, entry.subject) == ("admin-1@example.org", "key.create", "nas")
    assert json.loads(entry.after) == {"scopes": "ingest read", "expires": "2026-11-21T23:00:00.000Z"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": " "}, "Enter a name."),
        ({"name": "x" * 201}, "At most 200 characters."),
        ({"scope": ""}, "Select at least one permission."),
        ({"scope": "root"}, "Select at least one permission."),
        ({"expires": "tomorrow"}, "Enter a date such as 2027-01-31."),
        ({"expires": "9999-12-31"}, "Enter a date such as 2027-01-31."),
        ({"expires": "2026-11-19"}, "Choose a future date."),
    ],
)
def test_a_form_that_is_wrong_says_so_and_makes_nothing(
    site: Site, fields: dict[str, str], message: str
) -> None:
    answer = site.send("/settings/keys", 400, **({"name": "nas", "scope": "ingest"} | fields))
    assert message in said(answer.text)
    assert keys.of_account(site.db) == []


def test_a_name_is_taken_once(site: Site) -> None:
    make(site)
    answer = site.send("/settings/keys", 400, name="nas", scope="read")
    assert "There is a key named 'nas' already." in said(answer.text)


def test_a_key_is_replaced_and_the_old_one_is_good_for_a_while(site: Site) -> None:
    old = make(site)
    row = only_key(site)
    answer = site.send(f"/settings/keys/{row.id}/rotate", 200, hours="2")
    new = the_key(answer.text)
    assert new != old
    now = row.created_at
    assert services.find(site.db, old, now).id == services.find(site.db, new, now).id == row.id
    assert "previous key valid until today 16:00" in site.text("/settings/keys")
    assert "Enter a whole number from 0 to 8784." in said(
        site.send(f"/settings/keys/{row.id}/rotate", 400, hours="-1").text
    )


def test_a_key_is_revoked_by_its_name(site: Site) -> None:
    make(site)
    row = only_key(site)
    assert "The name does not match." in said(
        site.send(f"/settings/keys/{row.id}/revoke", 400, confirm="naz").text
    )
    assert only_key(site).revoked_at is None
    site.send(f"/settings/keys/{row.id}/revoke", confirm="nas")
    page = site.text("/settings/keys")
    assert "API key nas revoked." in page
    assert "revoked just now" in page
    html = site.html(f"/settings/keys/{row.id}")
    assert "rotate" not in html
    again = site.send(f"/settings/keys/{row.id}/rotate", 400, hours="2")
    assert "is no longer valid: create another one." in said(again.text)


def test_hostile_names_are_only_text(site: Site) -> None:
    make(site, name=EVIL)
    row = only_key(site)
    for address in ("/settings/keys", f"/settings/keys/{row.id}"):
        html = site.html(address)
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
    typed = "<script>alert(1)</script>⟪U+202E⟫␛[31mWW"
    site.send(f"/settings/keys/{row.id}/revoke", confirm=typed[:40])


def test_an_admin_has_the_keys_of_the_tree_and_no_others(site_on_both: Site) -> None:
    site = site_on_both
    below, beside = below_main(site, "acme"), below_main(site, "globex")
    make(site, name="of-acme", account=str(below))
    make(site, name="of-globex", account=str(beside))
    ids = {key.name: key.id for key in keys.of_account(site.db)}
    assert "of-acme" in site.text("/settings/keys")
    with as_role(site, "admin", below):
        page = site.text("/settings/keys")
        assert "of-acme" in page
        assert "of-globex" not in page
        assert "Key Permissions Created" in page
        for method, status in (("", 404), ("/rotate", 404), ("/revoke", 404)):
            address = f"/settings/keys/{ids['of-globex']}{method}"
            if method:
                site.send(address, status, hours="1", confirm="of-globex")
            else:
                site.html(address, status)
        site.send("/settings/keys", 404, name="x", scope="read", account=str(beside))
        assert the_key(site.send("/settings/keys", 200, name="own", scope="read").text)
    assert {k.name for k in keys.of_account(site.db, below)} == {"of-acme", "own"}


@pytest.mark.parametrize("role", ["viewer", "operator", "contact"])
def test_keys_are_for_admins(site: Site, role: str) -> None:
    main = the_account(site.db, "main")
    assert main is not None
    make(site)
    row = only_key(site)
    with as_role(site, role, main.id):
        assert "You need the admin role." in site.text("/settings/keys", 403)
        site.html(f"/settings/keys/{row.id}", 403)
        for address in ("", f"/{row.id}/rotate", f"/{row.id}/revoke"):
            site.send(f"/settings/keys{address}", 403, name="x", scope="read", hours="1", confirm="nas")
    assert only_key(site).old_hash is None


def test_a_long_list_has_pages(site_on_both: Site) -> None:
    site = site_on_both
    with site.db.transaction():
        for number in range(101):
            services.create(
                site.db, account=1, name=f"k-{number:03}", scopes=[services.Scope.READ], now=1_700_000_000_000
            )
    first = site.html("/settings/keys")
    assert "k-100" in first
    assert "k-000" not in first
    assert "Older keys" in first
    second = site.html("/settings/keys?before=2")
    assert "k-000" in second
    assert "Older keys" not in second
    assert "k-100" in site.html("/settings/keys?before=x")


def test_a_use_from_an_address_that_is_not_known_says_when_alone(site: Site) -> None:
    make(site)
    site.db.execute(
        "UPDATE key SET last_used_at = ?, last_used_from = NULL", (to_ms(site.now) - 6 * 3_600_000,)
    )
    page = site.text("/settings/keys")
    assert "6 h ago" in page
    assert "6 h ago from" not in page


def test_each_scope_names_all_that_the_api_asks_it_for() -> None:
    assert set(ALLOWED) == set(Scope)
    asked: dict[Scope, set[str]] = {scope: set() for scope in Scope}
    for operation in OPERATIONS:
        if operation.scope not in (None, Scope.READ, Scope.INGEST):
            parts = f"{operation.path.removeprefix('/api/v1/')}/"
            named = [part for part in ALLOWED[operation.scope].subjects if parts.startswith(f"{part}/")]
            asked[operation.scope].add(max(named, key=len, default=f"not named: {operation.path}"))
    assert {scope: set(allowed.subjects) for scope, allowed in ALLOWED.items()} == asked


def test_the_form_says_what_each_permission_is_for(site: Site) -> None:
    page = site.text("/settings/keys")
    assert (
        "Create, rotate and revoke: API keys, OAuth clients, ping keys, badges, links to the wall display,"
        " mail addresses, rules for mails (keys:admin)" in page
    )
    assert "Create, change and delete: accounts, imports (accounts:admin)" in page
    assert "Send reports (ingest)" in page
