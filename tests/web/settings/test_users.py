"""/settings/users: made, changed, given a password, removed; never oneself, never the last admin of main."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.services.access.rate_limits import PEOPLE
from duplistat.services.accounts import tree
from duplistat.services.people import passwords
from duplistat.services.people import sessions as sessions_of
from duplistat.services.people.identity import Role
from duplistat.services.people.password_reset_mail import OUTBOX
from duplistat.store import audit, failed_sign_ins, sessions, users
from duplistat.store.audit import Filter
from duplistat.store.users import User
from tests.support.known import id_of, the_user
from tests.support.mailbox import Mailbox, mail_server
from tests.support.signing import person, session
from tests.web.conftest import site_over
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

A_PASSWORD = re.compile(r'<code aria-label="New password">([\w-]{16})</code>')
EVIL = "<script>alert(1)</script>\u202e\x1b[31m"


@pytest.fixture
def mails() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def mailing(mails: Mailbox, database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that sends mail."""
    mail = {"host": "127.0.0.1", "port": mails.port, "sender": "status@example.org"}
    with site_over(database_url, tmp_path, mail=mail) as site:
        yield site


def eva(site: Site) -> User:
    found = the_user(site.db, "eva@example.org")
    assert found is not None
    return found


def make(site: Site, **fields: str) -> str:
    """Make a user where no mail is sent; the password that is shown."""
    given: dict[str, Any] = {"email": "eva@example.org", "name": "Eva", "role": "viewer"} | fields
    return the_password(site.send("/settings/users", 200, **given).text)


def the_password(html: str) -> str:
    (found,) = A_PASSWORD.findall(html)
    return str(found)


def actions(site: Site) -> list[str]:
    return [e.action for e in audit.page(site.db, (1,), Filter(), before=None, limit=20)][::-1]


def test_a_user_gets_a_password_that_is_shown_once(site_on_both: Site) -> None:
    site = site_on_both
    password = make(site, email="Eva@Example.org ", role="operator")
    assert passwords.fits(password, eva(site).password_hash)
    page = site.html("/settings/users")
    assert password not in page
    assert "Eva eva@example.org operator none today 14:00" in said(page)
    assert "admin-1 you admin-1@example.org admin 1 session, last used just now" in said(page)
    assert actions(site) == ["user.create"]


def test_a_user_gets_a_link_where_mail_is_sent(mailing: Site, mails: Mailbox) -> None:
    answer = mailing.send("/settings/users", email="eva@example.org", name="Eva", role="viewer")
    assert "A link to set a password was sent to eva@example.org." in mailing.text(answer.headers["Location"])
    OUTBOX.wait()
    code = mails.wait_for_one(r"/password\?recoverycode=([\w-]+)")
    assert mails.mails[0]["Subject"] == "Your backup status account"
    page = mailing.app.test_client().get(f"/password?recoverycode={code}")
    assert page.status_code == 200


def test_a_link_for_another_password_is_sent_a_few_times(mailing: Site, mails: Mailbox) -> None:
    mailing.send("/settings/users", email="eva@example.org", name="Eva", role="viewer")
    address = f"/settings/users/{eva(mailing).id}/mail"
    before = eva(mailing).password_hash
    for _ in range(2):
        mailing.send(address)
    assert "No link sent:" in said(mailing.send(address, 400).text)
    assert eva(mailing).password_hash == before
    OUTBOX.wait()
    assert [mail["Subject"] for mail in mails.mails][1:] == [
        "A new password for your backup status account"
    ] * 2


def test_without_mail_there_is_no_link(site: Site) -> None:
    make(site)
    address = f"/settings/users/{eva(site).id}"
    assert "Send reset link" not in site.text(address)
    site.send(f"{address}/mail", 400)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "eva"}, "An e-mail address such as name@example.org."),
        ({"email": "admin-1@example.org"}, "Email is in use already."),
        ({"name": " "}, "Enter a name."),
        ({"role": "root"}, "Select one."),
        ({"role": "contact"}, "'main' has no parent account, so it has no contacts."),
    ],
)
def test_a_form_that_is_wrong_says_so(site: Site, fields: dict[str, str], message: str) -> None:
    given: dict[str, Any] = {"email": "eva@example.org", "name": "Eva", "role": "viewer"} | fields
    assert message in said(site.send("/settings/users", 400, **given).text)
    assert len(users.all_users(site.db)) == 1


def test_a_user_is_changed(site: Site) -> None:
    make(site)
    address = f"/settings/users/{eva(site).id}"
    site.send(address, email="eva@example.org", name="Eva B.", role="admin")
    assert (eva(site).name, eva(site).role) == ("Eva B.", "admin")
    assert "User saved." in site.text(address)
    answer = site.send(address, 400, email="admin-1@example.org", name="Eva", role="viewer")
    assert "Email is in use already." in said(answer.text)


def test_a_new_password_ends_all_sessions(site: Site) -> None:
    old = make(site)
    now = to_ms(site.now)
    cookie = session(site.db, 1, now, email="eva@example.org")
    password = the_password(site.send(f"/settings/users/{eva(site).id}/password", 200).text)
    assert password != old
    assert passwords.fits(password, eva(site).password_hash)
    assert sessions.counted(site.db, [eva(site).id], now) == {}
    assert password not in site.html(f"/settings/users/{eva(site).id}")
    assert cookie
    assert actions(site)[-1] == "user.password"


def test_a_new_password_lets_in_whoever_was_locked_out(site_on_both: Site) -> None:
    site = site_on_both
    make(site)
    found = eva(site)
    with site.db.transaction():
        for _ in range(sessions_of.MOST_FAILURES):
            failed_sign_ins.add(site.db, (sessions_of.email_name(found.email),), to_ms(site.now))
    password = the_password(site.send(f"/settings/users/{found.id}/password", 200).text)
    visitor = sessions_of.Visitor("192.0.2.1")
    assert sessions_of.sign_in(site.db, site.writes, found.email, password, visitor, to_ms(site.now))


def test_sessions_are_ended(site: Site) -> None:
    make(site)
    for _ in range(2):
        session(site.db, 1, to_ms(site.now), email="eva@example.org")
    address = f"/settings/users/{eva(site).id}"
    assert "2 sessions, last used just now" in site.text(address)
    site.send(f"{address}/end-sessions")
    assert "2 sessions signed out." in site.text(address)


def test_a_user_is_removed_by_name(site: Site) -> None:
    make(site)
    address = f"/settings/users/{eva(site).id}/remove"
    assert "The name does not match." in said(site.send(address, 400, confirm="eva").text)
    site.send(address, confirm="Eva")
    assert "User Eva removed." in site.text("/settings/users")
    assert the_user(site.db, "eva@example.org") is None


def test_nobody_changes_the_own_rights(site: Site) -> None:
    me = the_user(site.db, "admin-1@example.org")
    assert me is not None
    page = site.text(f"/settings/users/{me.id}")
    assert "This is you." in page
    for act in ("", "/mail", "/password", "/end-sessions", "/remove"):
        site.send(f"/settings/users/{me.id}{act}", 403, email="x@example.org", name="x", role="viewer")


def test_the_last_admin_of_main_stays(site: Site) -> None:
    """Somebody of main who signs in is another admin; so this takes two who do it at once."""
    make(site, role="admin")
    with site.db.transaction():
        me = the_user(site.db, "admin-1@example.org")
        assert me is not None
        users.change(site.db, me.id, {"role": "operator"})
    address = f"/settings/users/{eva(site).id}"
    site.send(f"{address}/remove", 403, confirm="Eva")


def test_people_beside_are_not_there(site_on_both: Site) -> None:
    site = site_on_both
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    now = to_ms(site.now)
    ida = person(site.db, acme, Role.VIEWER, now, "ida@acme.example")
    others = [person(site.db, globex, Role.VIEWER, now, "gus@globex.example")]
    main = the_user(site.db, "admin-1@example.org")
    assert main is not None
    others.append(main.id)
    with as_role(site, "admin", acme):
        page = site.text("/settings/users")
        assert "ida@acme.example" in page
        assert "globex" not in page
        assert "admin-1@" not in page
        for other in others:
            site.html(f"/settings/users/{other}", 404)
            for act in ("", "/mail", "/password", "/end-sessions", "/remove"):
                site.send(f"/settings/users/{other}{act}", 404, email="x@x.example", name="x", role="admin")
        fields: dict[str, Any] = {"email": "n@acme.example", "name": "N", "role": "admin"}
        site.send("/settings/users", 404, **fields, account=str(globex))
        site.send("/settings/users", 200, **fields)
        site.send(f"/settings/users/{ida}", email="ida@acme.example", name="Ida", role="contact")
    made = the_user(site.db, "n@acme.example")
    assert made is not None
    assert made.account_id == acme


def test_somebody_of_a_suspended_account_is_told_so(site: Site) -> None:
    acme = below_main(site, "acme")
    person(site.db, acme, Role.VIEWER, to_ms(site.now), "ida@acme.example")
    tree.suspend(site.db, id_of(site.db, "acme"), to_ms(site.now))
    assert "blocked: account suspended" in site.text("/settings/users")


def test_hostile_names_are_only_text(site: Site) -> None:
    make(site, name=EVIL)
    for path in ("/settings/users", f"/settings/users/{eva(site).id}"):
        # In the field where it is changed, it stands as it is.
        html = re.sub(r'value="[^"]*"', "", site.html(path))
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x1b" not in html
    site.send(f"/settings/users/{eva(site).id}/remove", confirm="<script>alert(1)</script>⟪U+202E⟫␛[31m"[:40])
    assert "<script>alert" not in site.html("/settings/users")


def test_a_long_list_has_pages(site_on_both: Site) -> None:
    site = site_on_both
    now = to_ms(site.now)
    for number in range(101):
        person(site.db, 1, Role.VIEWER, now, f"p{number:03}@example.org")
    assert "Older users" in site.html("/settings/users")
    assert "p000@example.org" in site.html("/settings/users?before=3")


def test_another_language_leaves_nobody_elsewhere(site: Site) -> None:
    page = site.html("/settings/users/1?x=y")
    assert set(re.findall(r'name="next" value="([^"]*)"', page)) == {"/settings/users/1?x=y"}
    # In the row of a desktop, below "More" of a phone, and among the settings.
    current = re.findall(r'<a href="([^"]*)" aria-current="page"', page)
    assert current == ["/settings", "/settings", "/settings/users"]
    # The address of a form is no page to come back to.
    refused = site.send("/settings/users", 400).text
    assert set(re.findall(r'name="next" value="([^"]*)"', refused)) == {"/settings/users"}


def test_a_tenant_is_not_told_who_has_an_e_mail_elsewhere(site: Site) -> None:
    acme, globex = below_main(site, "acme"), below_main(site, "globex")
    person(site.db, globex, Role.VIEWER, to_ms(site.now), "ida@globex.example")
    person(site.db, acme, Role.VIEWER, to_ms(site.now), "ida@acme.example")
    fields = {"name": "Ida", "role": "viewer", "account": str(acme)}
    with as_role(site, "admin", acme):
        site.send("/settings/users", 200, email="ida@globex.example", **fields)
        answer = said(site.send("/settings/users", 400, email="ida@acme.example", **fields).text)
        assert "Email is in use already." in answer
    # Nor are they one user for whoever sees both.
    page = site.text("/settings/users")
    assert page.count("ida@globex.example") == 2


def test_a_tenant_has_only_so_many_passwords_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hashed", lambda *_: "!")
    acme = below_main(site, "acme")
    person(site.db, acme, Role.VIEWER, to_ms(site.now), "ida@acme.example")
    fields = {"email": "ida@acme.example", "name": "Ida", "role": "viewer", "account": str(acme)}
    with as_role(site, "admin", acme):
        answers = [
            site.client.post("/settings/users", data=fields | {"csrf": site.token}).status_code
            for _ in range(PEOPLE.burst + 1)
        ]
    assert (set(answers[:-1]), answers[-1]) == ({400}, 429)
