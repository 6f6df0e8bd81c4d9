"""recoverPassword and resetPassword: a mail with a code, an hour, once."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from duplistat.services.accounts import tree
from duplistat.services.people import password_reset_mail
from tests.support.known import id_of
from tests.support.mailbox import Mailbox, mail_server
from tests.support.people import PASSWORD, People
from tests.support.site import Site

JO = "jo@example.org"
NEW = "a new password"
OK = '<response><status value="ok"></status></response>\n'


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def people(make_site: Callable[..., Site], box: Mailbox) -> People:
    mail = {"host": "127.0.0.1", "port": box.port, "sender": "backup@example.org"}
    people = People(make_site(mail=mail))
    people.user()
    return people


def ask(people: People, email: str = JO) -> None:
    answer = people.nobody().call("recoverPassword", email=email)
    assert answer.response.text.endswith(OK)
    password_reset_mail.OUTBOX.wait()


def code(box: Mailbox) -> str:
    """The code in the latest mail."""
    found = re.search(
        r"^http://127\.0\.0\.1:9666/password\?recoverycode=(\S+)\s*$", box.mails[-1].get_content(), re.M
    )
    assert found
    return found[1]


def test_a_code_is_mailed_to_whom_it_is_for_and_to_nobody_else(people: People, box: Mailbox) -> None:
    ask(people, "Jo@Example.ORG")
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == (JO, "backup@example.org")
    assert len(code(box)) >= 20
    assert f"recoverycode={code(box)}".encode() in box.raw[0]


def test_a_code_sets_a_password_and_signs_in(people: People, box: Mailbox) -> None:
    ask(people)
    person = people.nobody()
    assert person.call("resetPassword", recoverycode=code(box), password=NEW).response.text.endswith(OK)
    assert person.is_in
    assert people.nobody().sign_in(JO).code == "auth"
    assert people.nobody().sign_in(JO, NEW).code == ""


def test_who_is_locked_out_gets_back_in_by_mail(people: People, box: Mailbox) -> None:
    for _ in range(10):
        people.nobody("10.0.0.1").sign_in(JO, "wrong password")
    assert people.nobody().sign_in(JO).code == "locked"
    ask(people)
    person = people.nobody()
    assert person.call("resetPassword", recoverycode=code(box), password=NEW).code == ""
    assert person.is_in
    assert people.nobody().sign_in(JO, NEW).code == "locked"


def test_the_seeds_own_example_is_a_reset_by_another_name(people: People, box: Mailbox) -> None:
    ask(people)
    person = people.nobody()
    answer = person.call("addContact", recoverycode=code(box), password=NEW, remember="1")
    assert answer.response.text.endswith(OK)
    assert "Max-Age=2592000" in answer.response.headers["Set-Cookie"]
    assert person.is_in


def test_an_added_contact_with_an_email_is_a_contact_whatever_else_it_has(
    people: People, box: Mailbox
) -> None:
    ask(people)
    form = {"email": "kim@example.org", "name": "Kim", "password": PASSWORD, "role": "4"}
    assert people.nobody().call("addContact", recoverycode=code(box), **form).code == "auth"


@pytest.mark.usefixtures("both_databases")
def test_a_reset_ends_all_sessions(people: People, box: Mailbox) -> None:
    person = people.nobody()
    person.sign_in(JO, remember="1")
    ask(people)
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == ""
    assert not person.is_in


def test_a_code_is_good_once(people: People, box: Mailbox) -> None:
    ask(people)
    first = code(box)
    ask(people)
    with ThreadPoolExecutor(4) as pool:
        call = lambda _: people.nobody().call("resetPassword", recoverycode=first, password=NEW).code  # noqa: E731
        assert sorted(pool.map(call, range(4))) == ["", "invalid", "invalid", "invalid"]
    # The others of the same person are gone with it.
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == "invalid"


def test_a_code_is_good_for_an_hour(people: People, box: Mailbox) -> None:
    ask(people)
    first = code(box)
    people.site.now.forward(minutes=59, seconds=59)
    ask(people)
    people.site.now.forward(seconds=1)
    assert people.nobody().call("resetPassword", recoverycode=first, password=NEW).code == "invalid"
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == ""


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({"password": NEW}, "recoverycode"),
        ({"recoverycode": "", "password": NEW}, "recoverycode"),
        ({"recoverycode": "made-up-by-a-guesser", "password": NEW}, "recoverycode"),
        ({"recoverycode": "CODE"}, "password"),
        ({"recoverycode": "CODE", "password": "short"}, "password"),
        ({"recoverycode": "CODE", "password": NEW, "remember": "2"}, "remember"),
    ],
)
def test_what_is_wrong_with_a_reset_is_named_and_the_code_stays_good(
    people: People, box: Mailbox, form: dict[str, str], name: str
) -> None:
    ask(people)
    given = {key: code(box) if value == "CODE" else value for key, value in form.items()}
    answer = people.nobody().call("resetPassword", **given)
    assert (answer.code, name in answer.message) == ("invalid", True)
    assert "Set-Cookie" not in answer.response.headers
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == ""


def test_an_unknown_email_gets_the_same_answer_and_nobody_a_mail(people: People, box: Mailbox) -> None:
    answers = [people.nobody().call("recoverPassword", email=email) for email in (JO, "nobody@example.org")]
    assert answers[0].response.text == answers[1].response.text
    password_reset_mail.OUTBOX.wait()
    assert [mail["To"] for mail in box.mails] == [JO]


@pytest.mark.parametrize(
    "form", [{}, {"email": ""}, {"email": "jo"}, {"email": "jo@example.org\nBcc: x@example.org"}]
)
def test_an_email_that_is_none_is_invalid(people: People, box: Mailbox, form: dict[str, str]) -> None:
    answer = people.nobody().call("recoverPassword", **form)
    assert (answer.code, "email" in answer.message) == ("invalid", True)


def test_nobody_is_flooded_with_mails(people: People, box: Mailbox) -> None:
    for _ in range(5):
        ask(people)
    assert len(box.mails) == 3
    people.site.now.forward(hours=1)
    ask(people)
    assert len(box.mails) == 4


def test_somebody_of_a_suspended_account_gets_no_mail_and_sets_no_password(
    people: People, box: Mailbox
) -> None:
    people.site.account("acme")
    people.user("kim@example.org", account="acme")
    ask(people, "kim@example.org")
    tree.suspend(people.site.db, id_of(people.site.db, "acme"), people.site.now())
    ask(people, "kim@example.org")
    assert len(box.mails) == 1
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == "forbidden"
    tree.reactivate(people.site.db, id_of(people.site.db, "acme"))
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == ""


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("change", [{"password": NEW}, {"email": "other@example.org"}])
def test_a_code_is_no_good_once_the_password_or_the_email_was_changed(
    people: People, box: Mailbox, change: dict[str, str]
) -> None:
    ask(people)
    person = people.nobody()
    person.sign_in(JO)
    assert person.call("updateUserData", **change).code == ""
    assert people.nobody().call("resetPassword", recoverycode=code(box), password=NEW).code == "invalid"


def test_the_link_is_ours_whatever_host_was_asked_for(make_site: Callable[..., Site], box: Mailbox) -> None:
    mail = {"host": "127.0.0.1", "port": box.port, "sender": "backup@example.org"}
    people = People(make_site(mail=mail, server={"public_url": "https://backup.example.org/"}))
    people.user()
    person = people.nobody()
    person.headers = {"Host": "evil.example.org"}
    person.call("recoverPassword", email=JO)
    password_reset_mail.OUTBOX.wait()
    assert "\nhttps://backup.example.org/password?recoverycode=" in box.mails[0].get_content()
    assert "evil" not in str(box.mails[0])


def test_a_mail_that_does_not_go_out_is_in_the_log_without_its_code(
    people: People, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.refuse = "550 no such user"
    ask(people)
    assert "password reset mail not sent: The mail server 127.0.0.1:" in caplog.text
    assert "recoverycode" not in caplog.text


def test_without_a_mail_server_the_answer_is_the_same(
    make_site: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    people = People(make_site())
    people.user()
    ask(people)
    assert "[mail] host" in caplog.text


def test_a_code_is_nowhere_but_in_its_mail(
    people: People, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ask(people)
    assert code(box) not in str(people.site.db.rows("SELECT * FROM recovery"))
    people.nobody().call("resetPassword", recoverycode=code(box), password=NEW)
    # The mail server of this test tells all that it hears.
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    assert code(box) not in "\n".join(ours)
