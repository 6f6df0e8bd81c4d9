"""/password: where the link of a recovery mail leads. On both databases."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from duplistat.services import accounts, recovery_mail
from duplistat.services.limits import PEOPLE
from tests.support.mailbox import Mailbox, mail_server
from tests.support.people import PASSWORD, People, Person
from tests.support.site import Site
from tests.web.site import said

JO = "jo@example.org"
NEW = "a new password"
LINK = re.compile(r"^(https?://\S+)\s*$", re.MULTILINE)
NO_GOOD = "This link is not good any more: it was used, or it is older than an hour."


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def people(make_site: Callable[..., Site], box: Mailbox) -> People:
    mail = {"host": "127.0.0.1", "port": box.port, "sender": "backup@example.org"}
    people = People(make_site(mail=mail, server={"public_url": "https://backup.example.org"}))
    people.user()
    return people


def mailed(people: People, box: Mailbox) -> str:
    """The link of a new mail, without our name."""
    assert people.nobody().call("recoverPassword", email=JO).code == ""
    recovery_mail.OUTBOX.wait()
    found = LINK.search(box.mails[-1].get_content())
    assert found
    assert found[1].startswith("https://backup.example.org/password?recoverycode=")
    return found[1].removeprefix("https://backup.example.org")


def code_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["recoverycode"][0]


def fill_in(person: Person, page: TestResponse, password: str) -> TestResponse:
    """Send the form of a page, with all that stands in it."""
    action = re.search(r'<form method="post" action="([^"]+)">', page.text)
    assert action
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    assert re.findall(r'<input type="password" name="(\w+)"', page.text) == ["password"]
    return person.client.post(action[1], data=hidden | {"password": password}, headers=person.headers)


def test_who_follows_the_link_sets_a_password_and_is_signed_in(people: People, box: Mailbox) -> None:
    elsewhere = people.nobody()
    elsewhere.sign_in(JO)
    person, link = people.nobody(), mailed(people, box)
    page = person.client.get(link)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    done = fill_in(person, page, NEW)
    assert (done.status_code, "Your new password is set" in said(done.text)) == (200, True)
    assert code_of(link) not in done.text
    assert person.is_in
    assert not elsewhere.is_in
    assert people.nobody().sign_in(JO).code == "auth"
    assert people.nobody().sign_in(JO, NEW).code == ""


def test_looking_at_the_page_uses_nothing_up(people: People, box: Mailbox) -> None:
    link, person = mailed(people, box), people.nobody()
    for _ in range(3):
        page = person.client.get(link)
        person.client.head(link)
    assert "Set-Cookie" not in page.headers
    assert "is set" in fill_in(person, page, NEW).text


def test_a_code_is_good_once(people: People, box: Mailbox) -> None:
    page = people.nobody().client.get(mailed(people, box))
    assert fill_in(people.nobody(), page, NEW).status_code == 200
    second = people.nobody()
    again = fill_in(second, page, "another password")
    assert (again.status_code, NO_GOOD in said(again.text)) == (400, True)
    assert second.cookie == ""
    assert people.nobody().sign_in(JO, NEW).code == ""


def test_a_code_is_good_for_an_hour(people: People, box: Mailbox) -> None:
    page = people.nobody().client.get(mailed(people, box))
    people.site.now.forward(hours=1)
    assert NO_GOOD in said(fill_in(people.nobody(), page, NEW).text)
    assert people.nobody().sign_in(JO).code == ""


@pytest.mark.parametrize(
    "query", ["", "?recoverycode=", "?recoverycode=made-up", "?recoverycode=" + "x" * 5000]
)
def test_whether_a_code_is_good_is_told_when_it_is_used_and_not_before(
    people: People, box: Mailbox, query: str
) -> None:
    link = mailed(people, box)
    good, bad = people.nobody().client.get(link), people.nobody().client.get(f"/password{query}")
    given = re.sub(r'name="recoverycode" value="[^"]*"', "", bad.text)
    assert re.sub(r'name="recoverycode" value="[^"]*"', "", good.text) == given
    kept = {name: value for name, value in good.headers if name != "Content-Length"}
    assert (bad.status_code, {name: bad.headers.get(name) for name in kept}) == (200, kept)
    answer = fill_in(people.nobody(), bad, NEW)
    assert (answer.status_code, NO_GOOD in said(answer.text)) == (400, True)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("password", ["", "1234567"])
def test_a_password_that_is_too_short_is_told_and_the_code_stays_good(
    people: People, box: Mailbox, password: str
) -> None:
    person = people.nobody()
    page = fill_in(person, person.client.get(mailed(people, box)), password)
    assert (page.status_code, person.cookie) == (400, "")
    assert "The password must have at least 8 characters." in said(page.text)
    assert "is set" in fill_in(person, page, NEW).text


def test_a_password_counts_as_it_was_typed(people: People, box: Mailbox) -> None:
    fill_in(people.nobody(), people.nobody().client.get(mailed(people, box)), " ünï <&\"'> \0 ")
    assert people.nobody().sign_in(JO, " ünï <&\"'> \0 ").code == ""


def test_the_code_goes_nowhere_else(people: People, box: Mailbox) -> None:
    person, link = people.nobody(), mailed(people, box)
    shown = person.client.get(link)
    assert person.client.post(link, data={}, headers={"Origin": "null"}).headers.getlist(
        "Referrer-Policy"
    ) == ["no-referrer"]
    for page in (shown, fill_in(person, shown, "short"), fill_in(person, shown, NEW)):
        assert page.headers.getlist("Referrer-Policy") == ["no-referrer"]
        assert page.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<(script|style)\b|\son\w+=", page.text)
    assert shown.text.count(code_of(link)) == 1
    assert people.nobody().client.get("/").headers.getlist("Referrer-Policy") == ["same-origin"]


def test_hostile_text_for_a_code_is_text(people: People) -> None:
    page = people.nobody().client.get('/password?recoverycode="><script>alert(1)</script>')
    assert "<script" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"recoverycode=x&password=" + b"x" * 300_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 400),
        (b"", "multipart/form-data", 400),
        (
            b"".join(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(500))
            + b"--b--\r\n",
            "multipart/form-data; boundary=b",
            400,
        ),
    ],
)
def test_a_body_that_is_no_form_or_too_much_is_refused(
    people: People, body: bytes, kind: str, status: int
) -> None:
    answer = people.nobody().client.post("/password", data=body, content_type=kind)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_a_page_of_another_site_does_not_sign_anybody_in(people: People, box: Mailbox) -> None:
    person = people.nobody()
    page = person.client.get(mailed(people, box))
    person.headers = {"Origin": "https://evil.example.org"}
    assert fill_in(person, page, NEW).status_code == 403
    assert person.cookie == ""
    person.headers = {"Origin": "https://backup.example.org"}
    assert fill_in(person, page, NEW).status_code == 200


def test_an_address_tries_so_many_codes_a_minute(people: People) -> None:
    form = {"recoverycode": "made-up", "password": NEW}
    codes = [people.nobody().client.post("/password", data=form).status_code for _ in range(PEOPLE.burst + 1)]
    assert codes == [400] * PEOPLE.burst + [429]


def test_somebody_of_a_frozen_account_sets_no_password(people: People, box: Mailbox) -> None:
    people.site.account("acme")
    people.user("kim@example.org", account="acme")
    assert people.nobody().call("recoverPassword", email="kim@example.org").code == ""
    recovery_mail.OUTBOX.wait()
    link = LINK.search(box.mails[-1].get_content())
    assert link
    accounts.freeze(people.site.db, "acme", people.site.now())
    page = people.nobody().client.get(link[1].removeprefix("https://backup.example.org"))
    assert fill_in(people.nobody(), page, NEW).status_code == 403
    accounts.thaw(people.site.db, "acme")
    assert people.nobody().sign_in("kim@example.org", PASSWORD).code == ""


def test_the_link_has_an_address_that_a_browser_understands(make_site: Callable[..., Site]) -> None:
    config = make_site(server={"host": "::1"}).config
    assert recovery_mail.link(config, "x") == "http://[::1]:9666/password?recoverycode=x"
