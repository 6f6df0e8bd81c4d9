"""Every address of the pages: nobody gets further than the sign-in, a form proves its origin, a role has its limits."""

import re

import pytest

from duplistat import app as application
from duplistat.app import routed
from duplistat.config import Web
from duplistat.services.access.api_keys import Scope
from duplistat.services.people.identity import Role
from duplistat.web import access
from tests.support.bodies import duplicati
from tests.support.doors import contents, doors
from tests.support.people import People
from tests.support.signing import session, sign_in
from tests.support.site import Site

# What the least of those may be who send a form, by the longest beginning of its rule.
LEAST = {
    "/sign-out": Role.CONTACT,
    "/sign-in/account": Role.CONTACT,
    "/preferences": Role.CONTACT,
    "/test-report": Role.OPERATOR,
    "/views": Role.CONTACT,
    "/settings/me": Role.CONTACT,
    "/settings/sessions": Role.CONTACT,
    "/settings/inbox": Role.OPERATOR,
    "/settings/output": Role.OPERATOR,
    "/settings/agents": Role.OPERATOR,
    "/settings/agents/calls": Role.ADMIN,
    "/settings": Role.ADMIN,
    "/alerts": Role.OPERATOR,
    "/alerts/channels": Role.ADMIN,
    "/alerts/recipients": Role.ADMIN,
    "/alerts/rules": Role.ADMIN,
    "/digest": Role.ADMIN,
    "/jobs": Role.OPERATOR,
    "/jobs/1/archive": Role.ADMIN,
    "/servers/1/archive": Role.ADMIN,
    "/servers": Role.OPERATOR,
    "/schedules": Role.OPERATOR,
}
# Not so those that end so: what is lost by them, or told.
ADMINS = (
    "/delete",
    "/export",
    "/suspend",
    "/settings/agents/1/remove",
    "/settings/agents/selected/remove",
    "/maintain",
    "/merge",
    "/reactivate",
    "/unmerge",
    "/bring-back",
    "/keep-apart",
    "/join",
    "/unjoin",
    "/keep",
)
# What is read by more than whoever looks, too.
READ_BY = {"/deliveries": Role.OPERATOR, "/settings/audit": Role.ADMIN, "/settings/keys": Role.ADMIN}


@pytest.fixture
def site(site: Site) -> Site:
    """With one of everything, in main and in an account below it."""
    site.account("acme", parent="main")
    site.record(duplicati("2026-01-28T02:00:00Z"))
    People(site).user("ada@example.org")
    return site


def least(address: str) -> Role:
    # Of a shared view, the page asks for more: tests/web/test_saved_views.py.
    if address.endswith(ADMINS) and not address.startswith("/views/"):
        return Role.ADMIN
    return LEAST[max((begin for begin in LEAST if address.startswith(begin)), key=len)]


def test_there_are_doors(site: Site) -> None:
    assert {"/sign-out", "/settings/me"} <= {address for _, address in doors(site, "POST")}
    assert {"/", "/jobs/1", "/settings/audit.csv"} <= {address for _, address in doors(site, "GET")}


def test_nobody_sees_anything_but_the_way_in(site: Site) -> None:
    client = site.client()
    for rule, address in doors(site, "GET"):
        answer = client.get(address)
        if rule.endpoint in access.PUBLIC_ENDPOINTS:
            # Of a wall display, the secret in the address is wrong.
            found = (404,) if rule.endpoint == "web.wall" else (200, 303, 400)
            assert answer.status_code in found, address
        else:
            assert answer.status_code == 303, address
            assert answer.headers["Location"].startswith("/sign-in"), address
            assert answer.text.count("<") < 20


def test_nobody_changes_anything(site: Site) -> None:
    before, client = contents(site.db), site.client()
    for rule, address in doors(site, "POST"):
        answer = client.post(address)
        if rule.endpoint in access.PUBLIC_ENDPOINTS:
            assert answer.status_code == 403, address
        else:
            assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in"), address
    assert contents(site.db) == before


@pytest.mark.parametrize("proof", ["none", "wrong", "of another session", "from elsewhere"])
def test_a_form_that_was_not_fetched_here_changes_nothing(site: Site, proof: str) -> None:
    client = site.client()
    token = sign_in(client, session(site.db, 1, site.now()))
    other = access.token_of(session(site.db, 1, site.now()))
    field = {"none": {}, "wrong": {"csrf": "0" * 64}, "of another session": {"csrf": other}}
    headers = {"Sec-Fetch-Site": "cross-site"} if proof == "from elsewhere" else {}
    before = contents(site.db)
    for _, address in doors(site, "POST"):
        answer = client.post(address, data=field.get(proof, {"csrf": token}), headers=headers)
        assert answer.status_code == 403, address
        assert "This page expired. Reload it and try again" in answer.text
    assert contents(site.db) == before


def test_every_door_that_changes_something_says_for_whom_it_is(site: Site) -> None:
    for rule, address in doors(site, "POST"):
        view = site.app.view_functions[rule.endpoint]
        assert hasattr(view, access.NEEDS) or rule.endpoint in access.PUBLIC_ENDPOINTS, address
        if rule.endpoint not in access.PUBLIC_ENDPOINTS:
            assert least(address), address


def test_a_door_that_does_not_say_it_is_shut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # An application with routes of its own: those of the others are shared.
    monkeypatch.setattr(application, "routed", routed)
    fresh = Site(site.config, site.db, site.now)
    fresh.app.add_url_rule("/forgotten-door", "web.forgotten_door", lambda: "open", methods=["POST"])
    client = fresh.client()
    token = sign_in(client, session(site.db, 1, site.now()))
    answer = client.post("/forgotten-door", data={"csrf": token})
    assert (answer.status_code, "Read-only: this page cannot be changed" in answer.text) == (403, True)


@pytest.mark.parametrize("role", [Role.CONTACT, Role.VIEWER, Role.OPERATOR])
def test_a_role_changes_what_it_may_and_nothing_else(site: Site, role: Role) -> None:
    client = site.client()
    token = sign_in(client, session(site.db, 2 if role is Role.CONTACT else 1, site.now(), role))
    for rule, address in doors(site, "POST"):
        # To sign out is tried at last: nothing could be tried after it.
        if rule.endpoint in access.PUBLIC_ENDPOINTS or rule.endpoint == access.SIGN_OUT:
            continue
        before, may = contents(site.db), role.includes(least(address))
        answer = client.post(address, data={"csrf": token})
        assert (answer.status_code != 403) is may, (address, answer.status_code)
        assert may or contents(site.db) == before, address
    assert client.post("/sign-out", data={"csrf": token}).status_code == 303


@pytest.mark.parametrize("role", [Role.CONTACT, Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_a_role_reads_what_it_may(site: Site, role: Role) -> None:
    client = site.client()
    sign_in(client, session(site.db, 2 if role is Role.CONTACT else 1, site.now(), role))
    for begin, wanted in READ_BY.items():
        for _, address in doors(site, "GET"):
            if address.startswith(begin):
                assert (client.get(address).status_code != 403) is role.includes(wanted), address


def test_the_public_overview_is_the_overview_of_main_and_nothing_else(site: Site) -> None:
    key = site.key(Scope.INGEST, account="acme")
    theirs = duplicati("2026-01-28T02:00:00Z", job="secret of acme", server="theirs", machine="m9")
    site.record(theirs, headers={"X-Api-Key": key})
    public = Site(site.config.model_copy(update={"web": Web(public_overview=True)}), site.db, site.now)
    client = public.client()
    page = client.get("/")
    assert page.status_code == 200
    assert "Documents" in page.text
    assert "secret of acme" not in page.text
    assert 'href="/sign-in"' in page.text
    assert re.findall('method="post" action="([^"]*)"', page.text) == ["/language"]
    for rule, address in doors(public, "GET"):
        if rule.endpoint not in (access.PUBLIC_ENDPOINTS | set(access.PUBLIC)):
            assert client.get(address).headers["Location"].startswith("/sign-in"), address
    before = contents(public.db)
    for _, address in doors(public, "POST"):
        assert client.post(address).status_code in (303, 403), address
    assert contents(public.db) == before
    for link in re.findall(r'href=["\']?(/[^"\'\s>]*)', page.text):
        if not link.startswith(("/static", "/api", "/app.", "/sign-in", "/?", "/#")) and link != "/":
            assert client.get(link).status_code in (303, 404), link
