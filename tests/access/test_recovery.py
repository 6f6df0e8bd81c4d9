"""Back in by a mailed link."""

import re
from collections.abc import Callable, Iterator

import pytest

from duplistat.http.forms import MOST_BYTES, MOST_PARTS
from duplistat.services.access.rate_limits import PEOPLE
from duplistat.services.accounts import tree
from duplistat.services.people import password_reset_mail
from duplistat.services.people.password_reset_mail import OUTBOX
from duplistat.store import audit
from tests.support.browsing import Browser, said
from tests.support.known import id_of
from tests.support.mailbox import Mailbox, mail_server
from tests.support.people import PASSWORD, People
from tests.support.site import Site

NEW = "another battery staple"
ASKED = "a reset link is on its way"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def people(make_site: Callable[..., Site], box: Mailbox) -> People:
    """On a server that sends mail."""
    made = People(make_site(mail={"host": "127.0.0.1", "port": box.port}))
    made.user()
    return made


def link(people: People, box: Mailbox, email: str = "jo@example.org") -> str:
    """The path of the link that is mailed, to Jo unless it says another."""
    Browser(people.site).send("/forgotten", "/forgotten", 200, email=email)
    return box.wait_for_one(r"http://127\.0\.0\.1:9666(/password\?recoverycode=\S+)")


@pytest.mark.usefixtures("both_databases")
def test_a_mailed_link_sets_a_new_password_and_signs_in(people: People, box: Mailbox) -> None:
    before = Browser(people.site)
    before.sign_in()
    browser, path = Browser(people.site), link(people, box)
    answer = browser.send(path, "/password", password=NEW, again=NEW)
    assert answer.headers["Location"] == "/"
    assert browser.is_in
    assert not before.is_in
    Browser(people.site).sign_in(password=NEW)
    Browser(people.site).sign_in(password=PASSWORD, status=400)
    noted = [e.action for e in audit.everything(people.site.db, (1,), audit.Filter(action="user"))][::-1]
    assert noted[2:4] == ["user.recovery", "user.reset_password"]


@pytest.mark.usefixtures("both_databases")
def test_a_link_works_while_its_e_mail_is_locked(people: People, box: Mailbox) -> None:
    for number in range(10):
        Browser(people.site, address=f"192.0.2.{number}").sign_in(password="wrong password", status=400)
    assert "“Forgot password?” sends you a link that still works." in said(
        Browser(people.site).sign_in(status=429)
    )
    browser = Browser(people.site)
    browser.send(link(people, box), "/password", password=NEW, again=NEW)
    assert browser.is_in
    assert "also while sign-ins are" in box.mails[0].get_content()
    # It tells nobody who guesses that somebody came in.
    Browser(people.site).sign_in(password=NEW, status=429)


@pytest.mark.usefixtures("both_databases")
def test_a_link_is_good_once(people: People, box: Mailbox) -> None:
    path = link(people, box)
    Browser(people.site).send(path, "/password", password=NEW, again=NEW)
    assert "was already used" in Browser(people.site).text(path, 400)


def test_a_link_is_good_for_an_hour(people: People, box: Mailbox) -> None:
    path, browser = link(people, box), Browser(people.site)
    fields = browser.fields(browser.get(path), "/password")
    people.site.now.forward(hours=1, seconds=1)
    assert "older than an hour" in said(
        browser.post("/password", 400, **(fields | {"password": NEW, "again": NEW}))
    )
    browser.get(path, 400)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"password": "short", "again": "short"}, "From 8 to 1000 characters."),
        ({"password": NEW, "again": "x"}, "Passwords do not match."),
        ({"password": "x" * 1001, "again": "x" * 1001}, "From 8 to 1000 characters."),
    ],
)
def test_what_is_wrong_with_a_password_is_said_and_the_link_stays_good(
    people: People, box: Mailbox, fields: dict[str, str], line: str
) -> None:
    browser, path = Browser(people.site), link(people, box)
    assert line in said(browser.send(path, "/password", 400, **fields))
    browser.send(path, "/password", password=NEW, again=NEW)


def test_the_answer_is_the_same_for_an_e_mail_that_nobody_has(people: People, box: Mailbox) -> None:
    texts = [
        said(Browser(people.site).send("/forgotten", "/forgotten", 200, email=email)).replace(email, "E")
        for email in ("jo@example.org", "nobody@example.org")
    ]
    assert texts[0] == texts[1]
    assert ASKED in texts[0]
    OUTBOX.wait()
    assert [mail["To"] for mail in box.mails] == ["jo@example.org"]


def test_without_a_mail_server_the_page_says_what_to_do(site: Site) -> None:
    browser = Browser(site)
    text = browser.text("/forgotten")
    assert "This server cannot send e-mail" in text
    assert "duplistat user reset-password --email" in text
    token = browser.fields(browser.get("/sign-in"), "/sign-in")["csrf"]
    assert "This server cannot send e-mail" in said(
        browser.post("/forgotten", 200, csrf=token, email="jo@example.org")
    )


def test_an_address_asks_so_often_and_no_more(people: People) -> None:
    browser = Browser(people.site)
    fields = browser.fields(browser.get("/forgotten"), "/forgotten") | {"email": "nobody@example.org"}
    for _ in range(60):
        browser.post("/forgotten", 200, **fields)
    assert browser.post("/forgotten", 429, **fields).headers["Retry-After"]


def test_the_link_is_told_to_nobody_by_the_page(people: People, box: Mailbox) -> None:
    browser, path = Browser(people.site), link(people, box)
    page = browser.get(path)
    # Once more where another language leads back to this page.
    code = path.partition("=")[2]
    named = re.findall(r'name="(\w+)" value="([^"]*)"', page.text)
    assert [name for name, value in named if code in value] == ["recoverycode", "next"]
    assert page.text.count(code) == 2
    fields = browser.fields(page, "/password")
    answers = [
        page,
        browser.get("/password?recoverycode=made-up", 400),
        browser.post(path, 403, password=NEW),
        browser.post("/password", 400, **(fields | {"password": "short"})),
        browser.post("/password", 303, **(fields | {"password": NEW, "again": NEW})),
    ]
    for answer in answers:
        assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store" or answer.status_code in (403, 303)
    assert fields["recoverycode"] not in answers[-1].text
    assert browser.get("/").headers.getlist("Referrer-Policy") == ["same-origin"]


def test_looking_at_the_page_uses_nothing_up(people: People, box: Mailbox) -> None:
    path = link(people, box)
    for _ in range(3):
        browser = Browser(people.site)
        browser.get(path)
        browser.client.head(path)
        assert browser.cookie == ""
    browser.send(path, "/password", password=NEW, again=NEW)
    assert browser.is_in


def test_a_password_counts_as_it_was_typed(people: People, box: Mailbox) -> None:
    typed = " ünï <&\"'> \0 "
    Browser(people.site).send(link(people, box), "/password", password=typed, again=typed)
    assert Browser(people.site).sign_in(password=typed).headers["Location"] == "/"


@pytest.mark.parametrize("code", ["", "made-up", "x" * 5000, '"><script>alert(1)</script>'])
def test_a_code_that_nobody_was_sent_sets_nothing(people: People, box: Mailbox, code: str) -> None:
    browser = Browser(people.site)
    fields = browser.fields(browser.get(link(people, box)), "/password")
    sent = fields | {"recoverycode": code, "password": NEW, "again": NEW}
    assert "This link is invalid" in said(browser.post("/password", 400, **sent))
    page = browser.post("/password", 400, **(sent | {"password": "short"}))
    assert "<script>alert" not in page.text
    assert "x" * 201 not in page.text
    assert "/password" not in re.findall('action="([^"?]*)', page.text)
    assert browser.client.get("/password", query_string={"recoverycode": code}).status_code == 400
    assert not browser.is_in


def test_an_address_tries_so_many_codes_a_minute(people: People) -> None:
    browser = Browser(people.site)
    token = browser.fields(browser.get("/sign-in"), "/sign-in")["csrf"]
    form = {"csrf": token, "recoverycode": "made-up", "password": NEW, "again": NEW}
    for _ in range(PEOPLE.burst):
        browser.post("/password", 400, **form)
    assert browser.post("/password", 429, **form).headers["Retry-After"]


def test_a_page_of_another_site_sets_no_password(people: People, box: Mailbox) -> None:
    path = link(people, box)
    fields = Browser.fields(Browser(people.site).get(path), "/password") | {"password": NEW, "again": NEW}
    # It knows a code of its own, and a token of a browser of its own.
    assert not Browser(people.site).post("/password", 403, **fields).headers.getlist("Set-Cookie")
    browser = Browser(people.site)
    fields = browser.fields(browser.get(path), "/password") | {"password": NEW, "again": NEW}
    browser.headers = {"Sec-Fetch-Site": "cross-site"}
    browser.post("/password", 403, **fields)
    # A page that tells no referrer tells no origin.
    browser.headers = {"Origin": "null"}
    browser.post("/password", 303, **fields)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"password=" + b"x" * MOST_BYTES, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 403),
        (b"", "multipart/form-data", 403),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
            + b"x" * MOST_BYTES
            + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
            413,
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * (MOST_PARTS + 1) + b"--b--\r\n",
            "multipart/form-data; boundary=b",
            413,
        ),
    ],
    ids=["large", "json", "no-boundary", "file", "parts"],
)
def test_a_body_that_is_no_form_or_too_much_is_refused(
    people: People, body: bytes, kind: str, status: int
) -> None:
    browser = Browser(people.site)
    browser.get("/sign-in")
    for path in ("/password", "/sign-in", "/forgotten"):
        answer = browser.client.post(path, data=body, content_type=kind)
        assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_somebody_of_a_suspended_account_sets_no_password(people: People, box: Mailbox) -> None:
    people.site.account("acme")
    people.user("kim@example.org", account="acme")
    path = link(people, box, "kim@example.org")
    tree.suspend(people.site.db, id_of(people.site.db, "acme"), people.site.now())
    Browser(people.site).send(path, "/password", 403, password=NEW, again=NEW)
    tree.reactivate(people.site.db, id_of(people.site.db, "acme"))
    Browser(people.site).sign_in("kim@example.org", PASSWORD)


def test_the_link_has_an_address_that_a_browser_understands(make_site: Callable[..., Site]) -> None:
    config = make_site(server={"host": "::1"}).config
    assert password_reset_mail.link(config, "x") == "http://[::1]:9666/password?recoverycode=x"
