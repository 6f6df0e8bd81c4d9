"""One e-mail in several accounts: who signs in comes into the right one, and who has the choice makes it."""

import json
from collections.abc import Callable, Iterator

import pytest

from duplistat.services.accounts.changes import set_account_suspended
from duplistat.services.people import account_choice, passwords, sessions
from duplistat.services.people.identity import Role
from duplistat.services.people.password_reset_mail import OUTBOX
from duplistat.services.people.users import change_user
from duplistat.store import audit, users
from duplistat.store.users import User
from tests.support.browsing import Browser, said
from tests.support.known import id_of
from tests.support.mailbox import Mailbox, mail_server
from tests.support.people import PASSWORD, People, hashes_computed
from tests.support.site import Site

JO = "jo@example.org"
OTHER = "another battery staple"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that were computed."""
    return hashes_computed(monkeypatch)


def in_accounts(people: People, *names: str, password: str = PASSWORD) -> list[int]:
    """Jo as a user of several accounts below main; the ids of the users."""
    made = []
    for name in names:
        people.site.account(name, parent="main")
        made.append(people.user(JO, account=name))
        if password != PASSWORD:
            set_password(people, made[-1], password)
    return made


def set_password(people: People, user: int, password: str) -> None:
    hash = passwords.hashed(people.site.db, JO, password)
    changes = {"password_hash": hash, "password_at": people.site.now()}
    people.site.writes.run(change_user, user=user, changes=changes, **people.site.signature())  # type: ignore[arg-type]


def suspend(people: People, account: str, *, suspended: bool = True) -> None:
    id = id_of(people.site.db, account)
    people.site.writes.run(set_account_suspended, account=id, suspended=suspended, **people.site.signature())


def who(browser: Browser) -> User:
    """Whose session a browser has."""
    session = sessions.find(browser.site.db, browser.cookie, browser.site.now())
    found = users.by_id(browser.site.db, session.user_id)
    assert found is not None
    return found


@pytest.mark.usefixtures("both_databases")
def test_the_password_says_which_account_is_meant(people: People) -> None:
    first, second = *in_accounts(people, "acme"), *in_accounts(people, "globex", password=OTHER)
    for password, user in ((PASSWORD, first), (OTHER, second)):
        browser = Browser(people.site)
        assert browser.sign_in(JO, password).headers["Location"] == "/"
        assert who(browser).id == user
        assert browser.get("/sign-in/account", 303).headers["Location"] == "/"
    Browser(people.site).sign_in(JO, "neither of both", 400)


@pytest.mark.usefixtures("both_databases")
def test_who_has_one_password_everywhere_chooses_and_comes_to_the_wanted_page(people: People) -> None:
    first, second, third = in_accounts(people, "acme", "globex", "initech")
    browser = Browser(people.site)
    asked = browser.sign_in(JO, next="/events", remember="1").headers["Location"]
    assert asked == "/sign-in/account?next=/events"
    assert who(browser).id == first
    before = browser.cookie
    people.site.now.forward(minutes=1)
    text = browser.text(asked)
    assert "Which account?" in text
    assert "acme admin globex admin initech admin" in text
    answer = browser.send(asked, "/sign-in/account", user=str(third))
    assert answer.headers["Location"] == "/events"
    assert "Max-Age=2592000" in answer.headers["Set-Cookie"]
    assert who(browser).id == third
    browser.client.set_cookie("duplistat_session", before)
    assert not browser.is_in
    # Next time the account of this time comes first.
    people.site.now.forward(minutes=1)
    again = Browser(people.site)
    again.sign_in(JO)
    assert who(again).id == third
    assert {second, first} == set(fitted(again))
    noted = [*audit.everything(people.site.db, people.site.everyone, audit.Filter(action="user.sign_in"))]
    assert [entry.user for entry in noted] == [third, third, first]


def fitted(browser: Browser) -> list[int]:
    ((text,),) = browser.site.db.rows(
        "SELECT fitted FROM session WHERE hash = ?", (sessions.digest(browser.cookie),)
    )
    return [int(user) for user in json.loads(text)]


def test_who_stays_in_the_account_goes_on(people: People) -> None:
    first, _ = in_accounts(people, "acme", "globex")
    browser = Browser(people.site)
    asked = browser.sign_in(JO, next="/partners").headers["Location"]
    cookie = browser.cookie
    assert browser.send(asked, "/sign-in/account", user=str(first)).headers["Location"] == "/partners"
    assert browser.cookie == cookie


def too_late(people: People, user: int) -> None:
    people.site.now.forward(seconds=account_choice.CHOICE_MS // 1000 + 1)


def new_password(people: People, user: int) -> None:
    people.site.now.forward(seconds=1)
    set_password(people, user, OTHER)


def new_e_mail(people: People, user: int) -> None:
    people.site.now.forward(seconds=1)
    signed = people.site.signature()
    people.site.writes.run(change_user, user=user, changes={"email": "eva@example.org"}, **signed)
    people.site.writes.run(change_user, user=user, changes={"email": JO}, **signed)


def suspended(people: People, user: int) -> None:
    suspend(people, "globex")


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("change", [too_late, new_password, new_e_mail, suspended])
def test_nobody_chooses_what_the_sign_in_would_no_longer_open(
    people: People, change: Callable[[People, int], None]
) -> None:
    first, second = in_accounts(people, "acme", "globex")
    browser = Browser(people.site)
    fields = browser.fields(browser.get(browser.sign_in(JO).headers["Location"]), "/sign-in/account")
    change(people, second)
    answer = browser.post("/sign-in/account", 303, **(fields | {"user": str(second)}))
    assert answer.headers["Location"] == "/"
    assert "To choose another account, sign in again." in browser.text("/")
    assert who(browser).id == first
    assert browser.get("/sign-in/account", 303).headers["Location"] == "/"


def test_nobody_chooses_the_account_of_somebody_else(people: People) -> None:
    first, second = in_accounts(people, "acme", "globex")
    eva = people.user("eva@example.org", account="globex")
    third = in_accounts(people, "initech", password=OTHER)[0]
    browser = Browser(people.site)
    asked = browser.sign_in(JO).headers["Location"]
    for user in (str(eva), str(third), "0", "", "x", f" {second}"):
        browser.send(asked, "/sign-in/account", user=user)
        assert who(browser).id == first


def test_of_several_suspended_accounts_one_that_is_active_is_opened(people: People) -> None:
    _, second = in_accounts(people, "acme", "globex")
    suspend(people, "acme")
    browser = Browser(people.site)
    assert browser.sign_in(JO).headers["Location"] == "/"
    assert who(browser).id == second
    suspend(people, "globex")
    assert "This account is suspended" in said(Browser(people.site).sign_in(JO, status=400))


@pytest.mark.usefixtures("both_databases")
def test_a_sign_in_costs_the_same_however_many_accounts_there_are(
    people: People, computed: list[str]
) -> None:
    efforts = []
    for number, names in enumerate(((), ("acme",), ("globex", "initech", "nord", "sud"))):
        in_accounts(people, *names, password=OTHER)
        for password, status in (("wrong password", 400), (OTHER, 303 if number else 400)):
            computed.clear()
            Browser(people.site, address=f"192.0.2.{number}").sign_in(JO, password, status)
            efforts.append([hash.split("$")[:4] for hash in computed])
    # Two computations of one effort each time.
    assert [len(effort) for effort in efforts] == [2] * 6
    assert all(effort == efforts[0] for effort in efforts)


@pytest.mark.usefixtures("both_databases")
def test_a_password_goes_on_when_an_admin_changes_the_e_mail(people: People, computed: list[str]) -> None:
    first, second = in_accounts(people, "acme", "globex")
    set_password(people, second, OTHER)
    people.site.now.forward(minutes=1)
    eva = people.user("eva@example.org", account="main")
    people.site.writes.run(change_user, user=eva, changes={"email": JO}, **people.site.signature())
    assert users.with_email(people.site.db, JO)[0].id == eva
    computed.clear()
    browser = Browser(people.site)
    # Hers has the salt of her old e-mail. It is made anew, so that the next one who comes so finds room.
    assert browser.sign_in(JO).headers["Location"] == "/sign-in/account"
    assert (who(browser).id, fitted(browser)) == (first, [eva])
    assert len(computed) == 2
    hashes = {user.id: user.password_hash for user in users.with_email(people.site.db, JO)}
    assert len({hash.split("$")[4] for hash in hashes.values()}) == 1
    assert hashes[eva] == hashes[first] != hashes[second]


def test_two_e_mails_with_one_password_have_hashes_of_their_own(people: People) -> None:
    people.user(JO)
    people.user("eva@example.org")
    ((first,), (second,)) = people.site.db.rows("SELECT password_hash FROM account_user")
    assert first.split("$")[4] != second.split("$")[4]


def test_a_hash_that_nothing_made_fits_nothing(people: People, computed: list[str]) -> None:
    user = people.user(JO)
    people.site.db.change("UPDATE account_user SET password_hash = '!' WHERE id = ?", (user,))
    computed.clear()
    Browser(people.site).sign_in(JO, PASSWORD, 400)
    assert len(computed) == 2


@pytest.mark.usefixtures("both_databases")
def test_a_failed_sign_in_is_noted_in_each_account_and_locks_the_e_mail(people: People) -> None:
    in_accounts(people, "acme")
    in_accounts(people, "globex", password=OTHER)
    for number in range(10):
        Browser(people.site, address=f"192.0.2.{number}").sign_in(JO, "wrong password", 400)
    for password in (PASSWORD, OTHER):
        Browser(people.site).sign_in(JO, password, 429)
    noted = [*audit.everything(people.site.db, people.site.everyone, audit.Filter(action="user.locked"))]
    assert sorted(entry.account_id for entry in noted) == [2, 3]


@pytest.mark.parametrize("whole", [False, True])
def test_only_whoever_looks_after_the_server_unlocks_by_a_new_password(people: People, whole: bool) -> None:
    mine, _ = in_accounts(people, "acme", "globex")
    people.user("boss@example.org", account="main" if whole else "acme")
    boss = Browser(people.site)
    boss.sign_in("boss@example.org")
    for number in range(10):
        Browser(people.site, address=f"192.0.2.{number}").sign_in(JO, "wrong password", 400)
    boss.send(f"/settings/users/{mine}", f"/settings/users/{mine}/password", 200)
    # Else an admin of acme could guess on for ever at the password that Jo has at globex.
    Browser(people.site).sign_in(JO, PASSWORD, 303 if whole else 429)


def test_a_program_comes_into_the_account_that_was_first(people: People) -> None:
    first, second = in_accounts(people, "acme", "globex")
    browser = Browser(people.site)
    browser.send(browser.sign_in(JO).headers["Location"], "/sign-in/account", user=str(second))
    assert who(browser).id == second
    program = people.nobody()
    assert program.sign_in(JO).code == ""
    assert sessions.find(people.site.db, program.cookie, people.site.now()).user_id == first


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.mark.usefixtures("both_databases")
def test_one_mail_has_a_link_for_each_account(make_site: Callable[..., Site], box: Mailbox) -> None:
    people = People(make_site(mail={"host": "127.0.0.1", "port": box.port}))
    first, second = in_accounts(people, "acme", "evil\nhttp://x")
    in_accounts(people, "gone")
    suspend(people, "gone")
    Browser(people.site).send("/forgotten", "/forgotten", 200, email=JO)
    OUTBOX.wait()
    (mail,) = box.mails
    lines = mail.get_content().splitlines()
    assert [lines[n - 1] for n, line in enumerate(lines) if line.startswith("http")] == [
        "acme:",
        "evil␊http://x:",
    ]
    paths = [line.partition("9666")[2] for line in lines if line.startswith("http")]
    for path, user in zip(paths, (first, second), strict=True):
        browser = Browser(people.site)
        browser.send(path, "/password", password=OTHER, again=OTHER)
        assert who(browser).id == user
    suspend(people, "gone", suspended=False)
    Browser(people.site).sign_in(JO, PASSWORD)


def test_an_admin_sends_a_link_for_the_own_account_alone(
    make_site: Callable[..., Site], box: Mailbox
) -> None:
    people = People(make_site(mail={"host": "127.0.0.1", "port": box.port}))
    mine, _ = in_accounts(people, "acme", "globex")
    people.user("boss@example.org", account="acme", role=Role.ADMIN)
    boss = Browser(people.site)
    boss.sign_in("boss@example.org")
    boss.send(f"/settings/users/{mine}", f"/settings/users/{mine}/mail")
    OUTBOX.wait()
    (mail,) = box.mails
    assert mail.get_content().count("recoverycode=") == 1
    assert people.site.db.rows("SELECT user_id FROM recovery") == [(mine,)]
