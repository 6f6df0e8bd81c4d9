"""/settings/clients: made, with a secret that is shown once and works; revoked; within one's own tree."""

import re
from typing import Any

import pytest

from duplistat.services.access import oauth_clients as services
from duplistat.store import audit, clients
from duplistat.store.audit import Filter
from duplistat.store.clients import Client
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

A_SECRET = re.compile(r'<code aria-label="Client secret">([0-9a-f]{32})</code>')
FIELDS: dict[str, Any] = {"name": "portal", "scope": ["partners_read"]}
EVIL = "<script>alert(1)</script>\u202e\x1b[31m"


def make(site: Site, **fields: Any) -> tuple[Client, str]:
    """A client, and its secret."""
    answer = site.send("/settings/clients", 200, **(FIELDS | fields))
    (secret,) = A_SECRET.findall(answer.text)
    return clients.all_clients(site.db)[-1], str(secret)


def token(site: Site, client: Client, secret: str) -> int:
    """The status of the answer to whoever asks for a token."""
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": secret}
    return site.app.test_client().post("/oauth2/token", data=form).status_code


def test_a_client_is_made_and_gets_tokens(site_on_both: Site) -> None:
    site = site_on_both
    client, secret = make(site)
    assert (client.name, client.scopes) == ("portal", "partners_read")
    assert token(site, client, secret) == 200
    page = site.html("/settings/clients")
    assert secret not in page
    assert "portal partners_read today 14:00 just now from 127.0.0.1 active" in said(page)
    assert client.client_id in site.text(f"/settings/clients/{client.id}")
    (entry,) = audit.page(site.db, (1,), Filter(action="client"), before=None, limit=9)
    assert (entry.who, entry.action, entry.subject) == (
        "admin-1@example.org",
        "client.create",
        client.client_id,
    )


def test_a_client_is_revoked_by_its_name(site: Site) -> None:
    client, secret = make(site)
    site.send(f"/settings/clients/{client.id}/revoke", 400, confirm="x")
    site.send(f"/settings/clients/{client.id}/revoke", confirm="portal")
    assert "OAuth client portal revoked." in site.text("/settings/clients")
    assert token(site, client, secret) == 401
    assert "Revoke client" not in site.text(f"/settings/clients/{client.id}")
    site.send(f"/settings/clients/{client.id}/revoke", 404, confirm="portal")


def test_one_without_a_name_is_called_by_its_id(site: Site) -> None:
    id, _ = services.create(site.db, account=1, name="", scopes=list(services.Scope), now=0)
    (client,) = clients.all_clients(site.db)
    assert id in site.text("/settings/clients")
    site.send(f"/settings/clients/{client.id}/revoke", confirm=id)


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"name": ""}, "Enter a name."), ({"scope": "all"}, "Select at least one scope.")],
)
def test_a_form_that_is_wrong_says_so(site: Site, fields: dict[str, str], message: str) -> None:
    assert message in said(site.send("/settings/clients", 400, **(FIELDS | fields)).text)
    assert clients.all_clients(site.db) == []


def test_an_admin_has_the_clients_of_the_tree_and_no_others(site_on_both: Site) -> None:
    site = site_on_both
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    ours, _ = make(site, name="of-acme", account=str(acme))
    theirs, _ = make(site, name="of-globex", account=str(globex))
    with as_role(site, "admin", acme):
        page = site.text("/settings/clients")
        assert "of-acme" in page
        assert "of-globex" not in page
        site.html(f"/settings/clients/{ours.id}")
        site.html(f"/settings/clients/{theirs.id}", 404)
        site.send(f"/settings/clients/{theirs.id}/revoke", 404, confirm="of-globex")
        site.send("/settings/clients", 404, **FIELDS, account=str(globex))


def test_hostile_names_are_only_text(site: Site) -> None:
    client, _ = make(site, name=EVIL)
    for path in ("/settings/clients", f"/settings/clients/{client.id}"):
        html = site.html(path)
        for text in ("<script>alert", "\u202e", "\x1b"):
            assert text not in html


def test_a_long_list_has_pages(site_on_both: Site) -> None:
    site = site_on_both
    for number in range(101):
        services.create(site.db, account=1, name=f"c-{number:03}", scopes=list(services.Scope), now=0)
    assert "Older clients" in site.html("/settings/clients")
    assert "c-000" in site.html("/settings/clients?before=2")
